/**
 * The list of MCP servers in the form of a session: what is wrong with it, its rows, and what a
 * person made of them.
 *
 * It is made of what forms.js defines: the editor keeps no order between the files that a form names.
 *
 * A server of the node is `{ id, label, url, description, allowedTools, requireApproval, headers,
 * hasAuthorization }`, where `headers` are names alone. Its secrets are credentials, which the
 * editor can write and not read: it is only told that there are some.
 */
window.openaiRealtimeMcpServers = function (forms) {
  /** A validator for the list. */
  function validate(value, opt) {
    var node = this;
    var seen = {};
    function problemWith(server) {
      var label = server.label;
      if (!forms.isName(label)) return "error.mcpLabel";
      if (seen["$" + label]) return "error.mcpTwice";
      seen["$" + label] = true;
      // A user or password in it would be exported.
      if (
        !forms.isVariable(server.url) &&
        !/^https:\/\/[^\s/@]+(\/[^\s]*)?$/.test(server.url || "")
      )
        return "error.mcpUrl";
      return forms.areHeaderNames(server.headers) ? "" : "error.mcpHeader";
    }
    var servers = value || [];
    for (var at = 0; at < servers.length; at += 1) {
      var server = servers[at] || {};
      var problem = problemWith(server);
      if (problem) return opt ? node._(problem, { label: server.label }) : false;
    }
    return true;
  }

  /** Makes a list of the element, and shows the node's servers in it. */
  function show(list, node) {
    // The names of what is stored travel with a copy of the node; what is stored does not.
    var hasSecrets = Boolean((node.credentials || {}).has_mcpSecrets);
    function line(container) {
      return $("<div/>", { style: "display: flex; gap: 4px; margin-bottom: 4px" }).appendTo(
        container,
      );
    }
    function input(parent, name, value, attributes) {
      var hint = node._("placeholder.mcp-" + name);
      return $("<input/>", {
        type: "text",
        class: "realtime-mcp-" + name,
        style: "flex: 1; min-width: 0",
        placeholder: hint,
        title: hint,
      })
        .attr(attributes || {})
        .val(value || "")
        .appendTo(parent);
    }
    function secret(parent, name, isKept) {
      var kept = node._("placeholder.secretKept");
      var field = input(parent, name, "", { type: "password", autocomplete: "off" });
      if (isKept) field.attr("placeholder", kept).data("stored", kept);
      return field;
    }
    function isForgotten(field) {
      var header = field.siblings(".realtime-mcp-headerName");
      var isRenamed = header.length > 0 && header.val().trim() !== field.data("name");
      return isRenamed || isForAnother(field.closest(".red-ui-editableList-item-content"));
    }
    function keepSecrets() {
      forms.markLostSecrets(list, isForgotten, node._("placeholder.secretLost"));
    }
    list.on("input", keepSecrets).editableList({
      addButton: node._("label.addMcpServer"),
      removable: true,
      sortable: true,
      height: 260,
      removeItem: keepSecrets,
      addItem: function (container, index, data) {
        function addHeader(name) {
          var row = line(container);
          input(row, "headerName", name);
          secret(row, "headerValue", name !== "" && hasSecrets).data("name", name);
        }
        var address = line(container);
        input(address, "label", data.label).css("flex", "0 0 25%");
        input(address, "url", data.url);
        var use = line(container);
        input(use, "allowedTools", data.allowedTools);
        var approval = $("<select/>", {
          class: "realtime-mcp-requireApproval",
          "aria-label": node._("label.approval"),
          style: "flex: 0 0 40%",
        }).appendTo(use);
        ["", "always", "never"].forEach(function (choice) {
          $("<option/>", { value: choice })
            .text(node._("approval." + (choice || "leave")))
            .appendTo(approval);
        });
        approval.val(data.requireApproval || "");
        input(line(container), "description", data.description);
        var authorization = line(container);
        secret(authorization, "authorization", data.hasAuthorization && hasSecrets);
        $("<button/>", { type: "button", class: "red-ui-button red-ui-button-small" })
          .text(node._("label.addHeader"))
          .on("click", function () {
            addHeader("");
          })
          .appendTo(authorization);
        (data.headers || []).forEach(addHeader);
        container.data("realtime-mcp", {
          id: data.id,
          host: forms.hostOf(data.url),
          hasAuthorization: data.hasAuthorization,
        });
      },
    });
    forms.fillList(list, node.mcpServers);
  }

  /** Whether the server of a row is at another host than the one for which its secrets were stored. */
  function isForAnother(row) {
    return forms.hostOf(row.find(".realtime-mcp-url").val()) !== row.data("realtime-mcp").host;
  }

  /** What a row says: `{ server, secrets }`; the secrets are those that were typed. */
  function readRow(row) {
    function value(name) {
      return row
        .find(".realtime-mcp-" + name)
        .val()
        .trim();
    }
    var known = row.data("realtime-mcp");
    var token = value("authorization");
    var names = [];
    var secrets = { headers: {} };
    if (token) secrets.authorization = token;
    var values = row.find(".realtime-mcp-headerValue");
    row.find(".realtime-mcp-headerName").each(function (index) {
      var name = $(this).val().trim();
      if (name === "") return;
      names.push(name);
      var typed = values.eq(index).val();
      if (typed !== "") secrets.headers[name] = typed;
    });
    return {
      server: {
        // Under an id of its own nothing is stored for the new host.
        id: known.id && !isForAnother(row) ? known.id : RED.nodes.id(),
        label: value("label"),
        url: value("url"),
        description: value("description"),
        allowedTools: value("allowedTools"),
        requireApproval: value("requireApproval"),
        headers: names,
        hasAuthorization: Boolean(known.hasAuthorization || token),
      },
      secrets: secrets,
    };
  }

  /**
   * What a person made of the list: `{ servers, secrets }`. `secrets` are by the server's id; they are
   * undefined when none was typed, and null when there are to be none.
   */
  function read(list) {
    var servers = [];
    var secrets;
    var isSecretless = true;
    list.editableList("items").each(function () {
      var row = readRow($(this));
      servers.push(row.server);
      if (row.server.hasAuthorization || row.server.headers.length > 0) isSecretless = false;
      if (!row.secrets.authorization && Object.keys(row.secrets.headers).length === 0) return;
      secrets = secrets || {};
      secrets[row.server.id] = row.secrets;
    });
    return { servers: servers, secrets: isSecretless ? null : secrets };
  }

  return { validate: validate, show: show, read: read };
};
