/**
 * The fields of the forms that name events: they offer the events that the runtime knows, and hint at a
 * name that none of them has. That is no mistake: a server may be newer than this package.
 *
 * It is made of what forms.js gives: the editor keeps no order between the files that a form names.
 */
window.openaiRealtimeEventNames = function (forms) {
  /** The answer of a connect node to the action `status`: a message like an event's, and none. */
  var STATUS = "realtime.status";

  /**
   * Asks the runtime for the events of an opened form. Gives the function that makes a field of it one
   * that names events: its text, the row that it stands in, and whether it offers groups of events too.
   *
   * @param {object} node whose catalogue has the hint
   */
  function open(node) {
    /** Both are undefined until the answer is there: until then nothing is unknown. */
    var types;
    var groups;
    var checks = [];

    function isKnown(name) {
      if (!types || name === "" || name === STATUS || groups.indexOf(name) >= 0) return true;
      var isPrefix = /\*$/.test(name);
      return types.some(function (info) {
        return isPrefix ? info.type.indexOf(name.slice(0, -1)) === 0 : info.type === name;
      });
    }

    function offersOf(takesGroups) {
      var offers = (types || []).map(function (info) {
        var label = $("<span/>", { title: info.description }).text(info.type);
        return { value: info.type, label: label };
      });
      return takesGroups ? offers.concat((groups || []).map(forms.offerOf)) : offers;
    }

    $.getJSON("openai-realtime/filter/event-types", function (answer) {
      types = answer.types;
      groups = answer.groups.map(function (group) {
        return group.name;
      });
      checks.forEach(function (check) {
        check();
      });
    });

    return function (input, row, takesGroups) {
      var hint = $("<div/>", { class: "form-tips realtime-unknown-event" })
        .css({ width: "auto", margin: "4px 0 0", maxWidth: "none" })
        .text(node._("tip.unknownEvent"))
        .hide()
        .appendTo(row);
      function check() {
        var isUsed = input.css("display") !== "none";
        hint.toggle(isUsed && !isKnown(input.val().trim()));
      }
      forms.suggest(input, function () {
        return offersOf(takesGroups);
      });
      input.on("input change", function () {
        check();
        // It may be below the end of what the list shows.
        if (hint.is(":visible")) hint[0].scrollIntoView({ block: "nearest" });
      });
      checks.push(check);
      check();
    };
  }

  return { open: open };
};
