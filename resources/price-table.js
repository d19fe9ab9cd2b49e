/**
 * The table of prices in the form of an endpoint. The runtime checks the same; here a person reads
 * what is wrong while typing.
 */
window.openaiRealtimePriceTable = (function () {
  function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
  }

  /** A name from the table as it may stand in a reason, which the editor shows as HTML in places. */
  function plain(name) {
    return name.replace(/[<>&]/g, "?");
  }

  /**
   * The first mistake in a table, as a text of the node's catalogue; empty when there is none.
   *
   * @param {string} text JSON
   * @param {object} node whose catalogue it is
   */
  function problemWith(text, node) {
    /** The first mistake in an object at a path, whose members may be `allowed`. */
    function objectProblem(value, path, allowed, memberProblem) {
      var known = allowed.join(", ");
      if (!isObject(value)) return node._("error.pricesObject", { path: path, allowed: known });
      var names = Object.keys(value);
      for (var at = 0; at < names.length; at += 1) {
        var member = path + "." + plain(names[at]);
        var problem =
          allowed.indexOf(names[at]) < 0
            ? node._("error.pricesMember", { path: member, allowed: known })
            : memberProblem(value[names[at]], member, names[at]);
        if (problem) return problem;
      }
      return "";
    }
    function priceProblem(value, path) {
      if (typeof value === "number" && value >= 0) return "";
      return node._("error.pricesNumber", { path: path });
    }
    function tokensProblem(value, path) {
      var problem = objectProblem(value, path, ["input", "cached", "output"], priceProblem);
      return problem || priceProblem(value.input, path + ".input");
    }
    function modelProblem(value, path) {
      // One that prices nothing would count as a model that nobody knows.
      var model = isObject(value) && Object.keys(value).length === 0 ? null : value;
      var allowed = ["text", "audio", "image", "minute"];
      return objectProblem(model, path, allowed, function (price, at, name) {
        return name === "minute" ? priceProblem(price, at) : tokensProblem(price, at);
      });
    }
    var table;
    try {
      table = JSON.parse(text);
    } catch (error) {
      return node._("error.pricesJson");
    }
    if (!isObject(table)) return node._("error.pricesModels");
    return Object.keys(table).reduce(function (problem, name) {
      return problem || modelProblem(table[name], plain(name));
    }, "");
  }

  return { problemWith: problemWith };
})();
