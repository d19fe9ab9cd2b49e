/**
 * The part of an endpoint's form that chooses how the built-in server misbehaves: which fault, and
 * a field for each of its parameters. The runtime tells which faults there are.
 *
 * A fault of the node is `{ type }` with the parameters by their names, or null.
 */
window.openaiRealtimeFaultForm = (function () {
  function inputFor(parameter, value) {
    if (parameter.choices) {
      var select = $("<select/>", { style: "width: 70%" });
      parameter.choices.forEach(function (choice) {
        $("<option/>", { value: choice }).text(choice).appendTo(select);
      });
      return select.val(value);
    }
    if (typeof parameter.default === "boolean")
      return $("<input/>", { type: "checkbox", style: "width: auto" }).prop("checked", value);
    return $("<input/>", {
      type: "number",
      min: parameter.minimum,
      max: parameter.maximum,
      step: 1,
      required: true,
      style: "width: 120px",
    })
      .val(value)
      .on("change keyup", function () {
        $(this).toggleClass("input-error", !this.checkValidity());
      });
  }

  /** Shows the node's fault, and those to choose from once the runtime has told them. */
  function show(node) {
    var fault = node.fault || { type: "" };
    $("#node-config-input-fault-container").prop("open", fault.type !== "");
    function showParameters(info) {
      var rows = $("#realtime-endpoint-fault-parameters").empty();
      if (!info) return;
      info.parameters.forEach(function (parameter) {
        var value =
          fault.type === info.type && fault[parameter.name] !== undefined
            ? fault[parameter.name]
            : parameter.default;
        var id = "realtime-endpoint-fault-" + parameter.name;
        var row = $("<div/>", { class: "form-row" }).appendTo(rows);
        $("<label/>", { for: id })
          .text(node._("parameter." + parameter.name))
          .appendTo(row);
        // As wide as the space between the elements of the rows above.
        row.append(" ");
        inputFor(parameter, value)
          .attr({ id: id, "data-name": parameter.name, title: parameter.description })
          .data("default", parameter.default)
          .appendTo(row);
      });
    }
    $.getJSON("openai-realtime/endpoint/faults", function (known) {
      var select = $("#realtime-endpoint-fault");
      known.forEach(function (info) {
        $("<option/>", { value: info.type })
          .text(node._("fault." + info.type))
          .appendTo(select);
      });
      select
        .on("change", function () {
          showParameters(
            known.filter(function (info) {
              return info.type === select.val();
            })[0],
          );
        })
        .val(fault.type)
        .trigger("change");
    });
  }

  /** The fault that is chosen now, where the node had `before`. */
  function read(before) {
    // Until the list of faults has come, what was chosen stays.
    if ($("#realtime-endpoint-fault option").length < 2) return before;
    var type = $("#realtime-endpoint-fault").val();
    // A node that had none stays as it was, lest closing its form be a change.
    if (!type) return before ? null : before;
    var fault = { type: type };
    $("#realtime-endpoint-fault-parameters")
      .find("[data-name]")
      .each(function () {
        var value = this.type === "checkbox" ? this.checked : this.value;
        // Nothing is not 0, which may mean "every time".
        if (value === "") value = $(this).data("default");
        // A status is a number, and the other choices are names.
        var isNumber = this.type === "number" || /^\d+$/.test(value);
        fault[$(this).data("name")] = isNumber ? Number(value) : value;
      });
    return fault;
  }

  return { show: show, read: read };
})();
