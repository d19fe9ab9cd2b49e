/**
 * The form of a session: which of its fields are shown, and what is wrong with them.
 *
 * It is made of what forms.js and mcp-servers.js give when they are all there: the editor keeps no
 * order between the files that a form names.
 */
window.openaiRealtimeSessionForm = function (forms, mcpServers) {
  var chosen = forms.chosen;

  /** What is known of the session's server; undefined where it has no endpoint. */
  function presetOf(node) {
    var endpoint = RED.nodes.node(chosen(node, "endpoint"));
    return endpoint && forms.presetOf(endpoint.kind);
  }

  // Which fields are shown: what stands in the others is not used, and nobody could mend it.
  function isTalk(node) {
    return chosen(node, "kind") !== "transcription";
  }
  function isTranscribed(node) {
    return !isTalk(node) || chosen(node, "transcription") === "on";
  }
  function endsAfterSilence(node) {
    return chosen(node, "turnDetection") === "server_vad";
  }
  function speaksUp(node) {
    return isTalk(node) && endsAfterSilence(node);
  }
  function callsOneTool(node) {
    return isTalk(node) && chosen(node, "toolChoice") === "function";
  }
  function hasPrompt(node) {
    return isTalk(node) && forms.textOf(chosen(node, "promptId")) !== "";
  }
  function isTraced(node) {
    return isTalk(node) && chosen(node, "tracing") === "named";
  }
  function keepsShare(node) {
    return isTalk(node) && chosen(node, "truncation") === "retention_ratio";
  }

  function kind(value, opt) {
    var preset = presetOf(this);
    var isDictation = value === "transcription";
    var purpose = isDictation ? "transcription" : "model";
    if (!preset || preset.purposes.indexOf(purpose) >= 0) return true;
    return opt ? this._(isDictation ? "error.noDictation" : "error.noTalk") : false;
  }

  function model(value, opt) {
    var preset = presetOf(this);
    if (!preset || !preset.needsModel || forms.textOf(value) !== "") return true;
    return opt ? this._("error.model") : false;
  }

  function language(value, opt) {
    if (!value || /^[a-z]{2,3}$/.test(value)) return true;
    return opt ? this._("error.language") : false;
  }

  function toolName(value, opt) {
    if (forms.isName(value)) return true;
    return opt ? this._("error.toolName") : false;
  }

  function tokenLimit(value, opt) {
    if (value === undefined || value === "" || value === "inf") return true;
    if (/^\d+$/.test(value) && value >= 1 && value <= 4096) return true;
    return opt ? this._("error.maxOutputTokens") : false;
  }

  /** A validator for JSON that is an object, or nothing; `text`: what is wrong otherwise. */
  function emptyOrJsonObject(text) {
    return function (value, opt) {
      if (forms.textOf(value) === "") return true;
      try {
        var parsed = JSON.parse(value);
        if (parsed && typeof parsed === "object" && !Array.isArray(parsed)) return true;
      } catch (error) {
        // As no object is.
      }
      return opt ? this._(text) : false;
    };
  }

  function milliseconds(text) {
    return forms.wholeNumberBetween(0, Infinity, text);
  }

  var where = forms.where;

  /** A validator for each field that can be wrong, by its name. */
  var validators = {
    kind: kind,
    model: where(isTalk, model),
    speed: where(isTalk, forms.numberBetween(0.25, 1.5, "error.speed")),
    threshold: where(endsAfterSilence, forms.numberBetween(0, 1, "error.threshold")),
    prefixPadding: where(endsAfterSilence, milliseconds("error.prefixPadding")),
    silenceDuration: where(endsAfterSilence, milliseconds("error.silenceDuration")),
    idleTimeout: where(speaksUp, forms.wholeNumberBetween(5000, 30000, "error.idleTimeout")),
    transcriptionLanguage: where(isTranscribed, language),
    toolChoiceName: where(callsOneTool, toolName),
    callsPerTurn: where(isTalk, forms.wholeNumberBetween(1, 128, "error.callsPerTurn")),
    mcpServers: where(isTalk, mcpServers.validate),
    promptVariables: where(hasPrompt, emptyOrJsonObject("error.promptVariables")),
    tracingMetadata: where(isTraced, emptyOrJsonObject("error.tracingMetadata")),
    maxOutputTokens: where(isTalk, tokenLimit),
    retentionRatio: where(keepsShare, forms.numberBetween(0, 1, "error.retentionRatio")),
    maxSessions: forms.wholeNumberBetween(1, 1000, "error.maxSessions"),
    idleClose: forms.numberBetween(0, 1440, "error.idleClose"),
    openLimit: forms.numberBetween(0, 1440, "error.openLimit"),
    renewMargin: forms.numberBetween(0, 1440, "error.renewMargin"),
    preRoll: forms.numberBetween(0, 60000, "error.preRoll"),
    sendWithin: forms.numberBetween(1, 3600, "error.sendWithin"),
    budget: forms.numberBetween(Number.MIN_VALUE, Number.MAX_VALUE, "error.budget"),
  };

  /** Calls a function with what a list holds, now and whenever something else is chosen. */
  function onChoice(field, show) {
    $("#node-config-input-" + field)
      .on("change", function () {
        show($(this).val());
        // What is shown now counts now.
        Object.keys(validators).forEach(function (each) {
          if (each !== field && each !== "kind") $("#node-config-input-" + each).trigger("change");
        });
      })
      .trigger("change");
  }

  /** The same for a text, with whether it holds one. */
  function onText(field, show) {
    $("#node-config-input-" + field)
      .on("input change", function () {
        show($(this).val().trim() !== "");
      })
      .trigger("change");
  }

  /** The tabs of the form, of which a session that only transcribes has fewer. */
  function showTabs(node) {
    var names = ["general", "turns", "audio", "model", "tools", "connection", "cost"];
    function tabOf(name) {
      return { id: "realtime-session-tab-" + name, label: node._("tab." + name) };
    }
    var tabs = RED.tabs.create({
      id: "realtime-session-tabs",
      onchange: function (tab) {
        $("#realtime-session-tabs-content").children().hide();
        $("#" + tab.id).show();
      },
    });
    names.map(tabOf).forEach(function (tab) {
      tabs.addTab(tab);
    });
    return function (isConversation) {
      ["model", "tools"].forEach(function (name) {
        var tab = tabOf(name);
        if (tabs.contains(tab.id) === isConversation) return;
        if (isConversation) tabs.addTab(tab, names.indexOf(name));
        else tabs.removeTab(tab.id);
      });
    };
  }

  /** Suggestions, never a closed list: servers know models and voices of their own. */
  function suggest(field, values) {
    function offers() {
      return values().map(forms.offerOf);
    }
    forms.suggest($("#node-config-input-" + field), offers, true);
  }

  /** Shows of the form what a session of the chosen kind has. To be called when it is opened. */
  function show(node) {
    var showTabsOf = showTabs(node);
    function ofServer(member) {
      return function () {
        return (presetOf(node) || forms.presetOf("openai") || {})[member] || [];
      };
    }
    suggest("model", ofServer("models"));
    suggest("voice", ofServer("voices"));
    suggest("transcriptionModel", function () {
      return [
        "gpt-transcribe",
        "gpt-live-transcribe",
        "gpt-4o-transcribe",
        "gpt-4o-mini-transcribe",
        "whisper-1",
      ];
    });
    function showTranscription() {
      $(".realtime-session-transcription").toggle(isTranscribed(node));
    }
    onChoice("instructionsMode", function (value) {
      $(".realtime-session-instructions").toggle(value === "value");
    });
    onChoice("turnDetection", function (value) {
      $(".realtime-session-server-vad").toggle(value === "server_vad");
      $(".realtime-session-semantic-vad").toggle(value === "semantic_vad");
      $(".realtime-session-vad").toggle(/_vad$/.test(value));
      $(".realtime-session-manual").toggle(value === "off");
    });
    onChoice("transcription", showTranscription);
    onChoice("kind", function (value) {
      var isConversation = value !== "transcription";
      $(".realtime-session-conversation").toggle(isConversation);
      $(".realtime-session-dictation").toggle(!isConversation);
      showTabsOf(isConversation);
      showTranscription();
    });
    // Whether there is such a kind, and whether it needs a model, depends on the server.
    onChoice("endpoint", function () {
      $("#node-config-input-kind").trigger("change");
    });
    onChoice("tracing", function (value) {
      $(".realtime-session-tracing").toggle(value === "named");
    });
    onChoice("toolChoice", function (value) {
      $(".realtime-session-tool-name").toggle(value === "function");
    });
    onChoice("truncation", function (value) {
      $(".realtime-session-retention").toggle(value === "retention_ratio");
    });
    onText("promptId", function (isFilledIn) {
      $(".realtime-session-prompt").toggle(isFilledIn);
      $("#node-config-input-promptVariables").trigger("change");
    });
    // In the place of the first one: a budget without an action closes.
    if (!node.budgetAction) $("#node-config-input-budgetAction").val("close");
    onText("budget", function (isFilledIn) {
      $(".realtime-session-budget-action").toggle(isFilledIn);
    });
  }

  return { validators: validators, show: show };
};
