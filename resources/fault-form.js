/**
 * The part of an endpoint's form that chooses how the built-in server misbehaves: which fault, and
 * a field for each of its parameters.
 *
 * A fault of the node is `{ type }` with the parameters by their names, or null.
 */
window.openaiRealtimeFaultForm = function () {
  /** The faults that the runtime knows; they come with the editor's settings. */
  function knownFaults() {
    return RED.settings.openaiRealtimeEndpointFaults || [];
  }

  function infoOf(type) {
    return knownFaults().filter(function (info) {
      return info.type === type;
    })[0];
  }

  /** A validator for the fault: the same that the runtime would say. */
  function validate(value, opt) {
    var node = this;
    if (!value) return true;
    var info = infoOf(value.type);
    var problem = info ? "" : node._("error.faultType");
    (info ? info.parameters : []).forEach(function (parameter) {
      problem = problem || problemWith(parameter, value[parameter.name], node);
    });
    if (problem === "") return true;
    return opt ? problem : false;
  }

  /** What is wrong with the value of a parameter, in words; empty where nothing is. */
  function problemWith(parameter, value, node) {
    if (value === undefined) return "";
    var name = node._("parameter." + parameter.name);
    if (parameter.choices) {
      var choices = parameter.choices.join(", ");
      if (parameter.choices.indexOf(value) >= 0) return "";
      return node._("error.faultChoice", { name: name, choices: choices });
    }
    if (typeof parameter.default === "boolean") {
      if (typeof value === "boolean") return "";
      return node._("error.faultChoice", { name: name, choices: "true, false" });
    }
    var least = parameter.minimum;
    var most = parameter.maximum;
    if (typeof value === "number" && value % 1 === 0 && value >= least && value <= most) return "";
    return node._("error.faultNumber", { name: name, least: least, most: most });
  }

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

  /** Shows the node's fault, and those to choose from. */
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
          .appendTo(row)
          // A number that was out of range before is so still.
          .trigger("change");
      });
    }
    var select = $("#realtime-endpoint-fault");
    knownFaults().forEach(function (info) {
      $("<option/>", { value: info.type })
        .text(node._("fault." + info.type))
        .appendTo(select);
    });
    select
      .on("change", function () {
        showParameters(infoOf(select.val()));
      })
      .val(fault.type)
      .trigger("change");
  }

  /** The fault that is chosen now, where the node had `before`. */
  function read(before) {
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

  return { validate: validate, show: show, read: read };
};
