/**
 * What the forms of several nodes share. Each of them names this file in a script of its own, which
 * the editor loads before it runs the form's code.
 */
window.openaiRealtimeForms = (function () {
  // A value from the environment is checked when it is there.
  var FROM_ENVIRONMENT = /^\$\{[^}]+\}$/;
  var LONGEST_KEY = 64;

  /** What a field holds as a text without spaces around it; a node written by hand may have a number. */
  function textOf(value) {
    return String(value === undefined || value === null ? "" : value).trim();
  }

  /**
   * Whether a text is a variable's name, as which the runtime reads it. The editor itself asks so of a
   * whole property, and not of what stands in a row of a list.
   */
  function isVariable(text) {
    return FROM_ENVIRONMENT.test(textOf(text));
  }

  /**
   * A validator for a number. Blank is right: it stands for the default.
   *
   * @param {number} least
   * @param {number} most
   * @param {string} text what is wrong otherwise, as a key of the node's catalogue; it may name
   *   `__least__` and `__most__`
   */
  function numberBetween(least, most, text) {
    return function (value, opt) {
      var typed = textOf(value);
      if (typed === "" || FROM_ENVIRONMENT.test(typed)) return true;
      if (Number(typed) >= least && Number(typed) <= most) return true;
      return opt ? this._(text, { least: least, most: most }) : false;
    };
  }

  /** The same for a whole number, in digits. */
  function wholeNumberBetween(least, most, text) {
    var isBetween = numberBetween(least, most, text);
    return function (value, opt) {
      var typed = textOf(value);
      var isWhole = typed === "" || FROM_ENVIRONMENT.test(typed) || /^\d+$/.test(typed);
      // No number is between, so that there is one text for both mistakes.
      return isBetween.call(this, isWhole ? typed : "NaN", opt);
    };
  }

  /**
   * A validator of a field that is not always shown: what stands in it counts only then.
   *
   * @param {(node: object) => boolean} isShown
   * @param {(value: any, opt?: object) => true | false | string} validate
   */
  function where(isShown, validate) {
    return function (value, opt) {
      return isShown(this) ? validate.call(this, value, opt) : true;
    };
  }

  /**
   * A validator of a field whose type is a property of its own: whether such a value can be read.
   * Blank is right. The reason begins with the field's label.
   *
   * @param {string} typeField the property that holds the type: the field's name, and "Type"
   */
  function typedBy(typeField) {
    return function (value, opt) {
      if (!value) return true;
      var named = opt && { label: this._("label." + typeField.replace(/Type$/, "")) };
      var answer = RED.utils.validateTypedProperty(value, chosen(this, typeField), named);
      return answer === true || (opt ? answer : false);
    };
  }

  /**
   * A validator of what must be there, of a type that another property holds.
   *
   * @param {string} typeField the property that holds the type
   * @param {string} text key in the node's catalogue, said where there is nothing
   */
  function needed(typeField, text) {
    var isReadable = typedBy(typeField);
    return function (value, opt) {
      if (textOf(value) !== "") return isReadable.call(this, value, opt);
      return opt ? this._(text) : false;
    };
  }

  /** Whether a text can be the number, or the JSON, that a row of a list holds. */
  function isNumber(text) {
    var typed = textOf(text);
    return FROM_ENVIRONMENT.test(typed) || (typed !== "" && !isNaN(typed));
  }

  function isJson(text) {
    if (FROM_ENVIRONMENT.test(text)) return true;
    try {
      JSON.parse(text);
      return true;
    } catch (error) {
      return false;
    }
  }

  /** A validator for the key of a session. */
  function sessionKey(value, opt) {
    if (textOf(value).length <= LONGEST_KEY) return true;
    return opt ? this._("error.key") : false;
  }

  /** Whether a text can name a tool, a parameter or an MCP server. */
  function isName(text) {
    return /^[A-Za-z0-9_-]{1,64}$/.test(text || "");
  }

  /** Whether a text can name a header of HTTP. */
  function isHeaderName(text) {
    return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text || "");
  }

  /**
   * What the runtime knows of a kind of server; it comes with the editor's settings. Undefined for a kind
   * that is none, also for one called as what all objects have, such as "constructor".
   */
  function presetOf(kind) {
    var presets = (RED.settings || {}).openaiRealtimeEndpointPresets || {};
    return Object.prototype.hasOwnProperty.call(presets, kind) ? presets[kind] : undefined;
  }

  /**
   * Whether a field holds names of headers: a list, of which a node written by hand may have a text with
   * commas, or nothing. A validator must not throw: the editor would show the node's id as HTML.
   */
  function areHeaderNames(value) {
    if (Array.isArray(value)) return value.every(isHeaderName);
    if (value === undefined || value === null) return true;
    if (typeof value !== "string") return false;
    return value.split(",").every(function (name) {
      return textOf(name) === "" || isHeaderName(textOf(name));
    });
  }

  /**
   * Whether the form of exactly this node is on the screen. The editor judges others meanwhile, of
   * the same type too, and takes a form off the screen while that of a config node lies over it.
   */
  function isOnScreen(node) {
    var formsFor = RED.editor.getEditStack();
    return formsFor[formsFor.length - 1] === node;
  }

  /**
   * What a text or a list of choices of a node holds: as it stands in its form while that is on the
   * screen. For validators of other fields, which run before the node has what was chosen.
   */
  function chosen(node, field) {
    if (!isOnScreen(node)) return node[field];
    var prefix = node._def.category === "config" ? "#node-config-input-" : "#node-input-";
    var inForm = $(prefix + field).val();
    return inForm === undefined || inForm === null ? node[field] : inForm;
  }

  /**
   * Makes no change of closing the form of a node that has no secrets. The editor is told nothing of
   * them then, and takes their empty fields for new. To be called when the form is opened.
   */
  function knowSecrets(node) {
    var known = node.credentials || {};
    Object.keys(node._def.credentials).forEach(function (name) {
      // Beside what the editor knows stands what the runtime has; a deploy sends what differs.
      [known, known._ || {}].forEach(function (secrets) {
        if (secrets["has_" + name] === undefined) secrets["has_" + name] = false;
      });
    });
  }

  /** The host of an address; a text that is none comes back in small letters. */
  function hostOf(address) {
    var text = textOf(address).toLowerCase();
    var host = /^[a-z]+:\/\/([^/?#]*)/.exec(text);
    return host ? host[1].replace(/:\d+$/, "") : text;
  }

  /**
   * Marks the fields of a list that stand for a stored secret which is going to be lost. None can be
   * read back, so secrets that are typed replace all of them. Such a field has as `data("stored")`
   * what it says while the secret is kept.
   *
   * @param {object} list
   * @param {(field: object) => boolean} isForgotten whether a secret is lost although none is typed
   * @param {string} hint what the field of a lost one says
   */
  function markLostSecrets(list, isForgotten, hint) {
    var fields = list.find("input[type=password]");
    var isReplaced = fields.toArray().some(function (field) {
      return field.value !== "";
    });
    fields.each(function () {
      var field = $(this);
      var kept = field.data("stored");
      if (kept === undefined) return;
      var isLost = field.val() === "" && (isReplaced || isForgotten(field));
      field.toggleClass("input-error", isLost).attr("placeholder", isLost ? hint : kept);
    });
  }

  /**
   * Chooses the first option where a node lacks the property: one that was written by hand, or saved
   * by an older version. The runtime takes it so. To be called when the form is opened.
   */
  function showFirstOptions() {
    $("#dialog-form select, #node-config-dialog-edit-form select").each(function () {
      if ($(this).val() === null) this.selectedIndex = 0;
    });
  }

  /**
   * Shows the defaults of texts that a node lacks, of which the runtime takes the same. To be called
   * when the form is opened, before a field becomes a typed input.
   *
   * @param {string[]} fields
   */
  function showDefaults(node, fields) {
    fields.forEach(function (field) {
      if (node[field] === undefined) $("#node-input-" + field).val(node._def.defaults[field].value);
    });
  }

  /**
   * Offers what a text may hold while somebody types, as far as it has what is typed in it. The keys
   * Enter and Tab take the first offer, and must not put another in the place of what is typed in
   * full, nor in that of nothing: a key such as an arrow shows the whole list in an empty field.
   *
   * @param {object} input
   * @param {() => { value: string, label: string | object }[]} offers all there are now
   * @param {boolean} isOpen whether anything else may stand there too: then it is taken as it is typed
   */
  function suggest(input, offers, isOpen) {
    input.autoComplete({
      minLength: 0,
      search: function (text) {
        var typed = text.trim();
        var fitting = offers().filter(function (offer) {
          return offer.value.toLowerCase().indexOf(typed.toLowerCase()) >= 0;
        });
        var exact = fitting.filter(function (offer) {
          return offer.value === typed;
        });
        if (fitting.length > 0 && exact.length === 0 && (isOpen || typed === ""))
          exact = [{ value: typed, label: typed || input.attr("placeholder") || "—" }];
        return exact.concat(
          fitting.filter(function (offer) {
            return offer.value !== typed;
          }),
        );
      },
    });
  }

  /** What is offered where values need no description. */
  function offerOf(value) {
    return { value: value, label: value };
  }

  /** Puts what a node has into an editable list, which then shows its beginning. */
  function fillList(list, items) {
    (items || []).forEach(function (item) {
      list.editableList("addItem", item);
    });
    // The list scrolls down to each, one after the other, when this has ended.
    setTimeout(function () {
      list.parent().scrollTop(0);
    }, 0);
  }

  return {
    textOf: textOf,
    isVariable: isVariable,
    numberBetween: numberBetween,
    wholeNumberBetween: wholeNumberBetween,
    where: where,
    typedBy: typedBy,
    needed: needed,
    isNumber: isNumber,
    isJson: isJson,
    sessionKey: sessionKey,
    isName: isName,
    isHeaderName: isHeaderName,
    presetOf: presetOf,
    areHeaderNames: areHeaderNames,
    isOnScreen: isOnScreen,
    chosen: chosen,
    knowSecrets: knowSecrets,
    hostOf: hostOf,
    markLostSecrets: markLostSecrets,
    showFirstOptions: showFirstOptions,
    showDefaults: showDefaults,
    suggest: suggest,
    offerOf: offerOf,
    fillList: fillList,
  };
})();
