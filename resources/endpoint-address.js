/**
 * The address in the form of an endpoint: where its connections go, what is wrong with it, and that the
 * secrets which were stored for one server are not sent to another.
 *
 * It is made of what forms.js gives: the editor keeps no order between the files that a form names.
 */
window.openaiRealtimeEndpointAddress = function (forms) {
  var AZURE_HOSTS = ".openai.azure.com";

  function presetOf(kind) {
    var unknown = { address: { kind: "own", example: "" }, keyHeader: "Authorization" };
    return forms.presetOf(kind) || unknown;
  }

  /** The kind of server; a node that lacks it is for the built-in one. */
  function kindOf(node) {
    return forms.chosen(node, "kind") || "built-in";
  }

  /** Whether connections leave this machine's Node-RED; fields are shown by that. */
  function isRemote(node) {
    return kindOf(node) !== "built-in";
  }

  /** The host that a connection goes to; "" for the built-in server, which is sent no key. */
  function hostOf(node) {
    var address = presetOf(kindOf(node)).address;
    if (address.kind === "built-in") return "";
    if (address.kind === "fixed") return forms.hostOf(address.url);
    var host = forms.hostOf(forms.chosen(node, "url"));
    return address.kind === "azure" && !/\./.test(host) ? host + AZURE_HOSTS : host;
  }

  /** Whether a connection carries a key, or a header, which counts as one. */
  function sendsSecret(node) {
    var from = forms.chosen(node, "keyFrom") || "credential";
    if (from !== "credential" || (node.headers || []).length > 0) return true;
    // A credential is no property of the node: outside of the form there is none.
    var key = forms.chosen(node, "apiKey");
    return Boolean(key === undefined ? node.credentials && node.credentials.has_apiKey : key);
  }

  /** Whether a host, perhaps with a port, is one of the local network. The runtime checks it fully. */
  function isLocal(host) {
    var name = host.replace(/:\d+$/, "");
    return (
      name.indexOf(".") < 0 ||
      /^(10|127|169\.254|172\.(1[6-9]|2\d|3[01])|192\.168)\.[\d.]+$/.test(name) ||
      /\.(local|lan|home|internal|localhost|home\.arpa)$/i.test(name)
    );
  }

  /** What is wrong with an address, as a key of the node's catalogue; empty where nothing is. */
  function problemWith(text, node) {
    var kind = presetOf(kindOf(node)).address.kind;
    if (kind === "fixed" || kind === "built-in" || forms.isVariable(text)) return "";
    var isAzure = kind === "azure";
    if (isAzure && /^[a-z0-9][a-z0-9-]{0,62}$/i.test(text)) return "";
    var url = isAzure ? text.replace(/^http/i, "ws") : text;
    var host = /^wss?:\/\/([^/?#]+)/i.exec(url);
    if (!host) return isAzure ? "error.resource" : "error.url";
    if (host[1].indexOf("@") >= 0) return "error.userinfo";
    // A key stays on the local network unless it is encrypted.
    var isOpen = /^ws:/i.test(url) && !isLocal(host[1]);
    return isOpen && sendsSecret(node) ? "error.insecure" : "";
  }

  /** A validator for the address. */
  function validate(value, opt) {
    var problem = problemWith(forms.textOf(value), this);
    if (problem === "") return true;
    return opt ? this._(problem) : false;
  }

  /**
   * Asks for the secrets of an opened form again when it is to be for another host: nobody is sent
   * what was stored for somebody else. Returns what is to be done when a field has changed.
   *
   * @param {object} node
   * @param {object} headers the list of headers; its `data("isForAnother")` tells of such a host
   */
  function askAgain(node, headers) {
    var key = $("#node-config-input-apiKey");
    var stored = { host: hostOf(node), key: key.val() };
    var isTaken = false;
    return function () {
      var host = hostOf(node);
      var isAnother = host !== "" && host !== stored.host;
      if (isAnother && stored.key !== "" && key.val() === stored.key) {
        isTaken = true;
        key.val("");
      } else if (!isAnother && isTaken) {
        isTaken = false;
        if (key.val() === "") key.val(stored.key);
      }
      key.attr("placeholder", node._("placeholder." + (isTaken ? "apiKeyAgain" : "apiKey")));
      headers.data("isForAnother", isAnother);
      function isForgotten(field) {
        var name = field.siblings(".realtime-header-name").val().trim();
        return isAnother || name !== field.data("name");
      }
      forms.markLostSecrets(headers, isForgotten, node._("placeholder.secretLost"));
    };
  }

  return { presetOf: presetOf, isRemote: isRemote, validate: validate, askAgain: askAgain };
};
