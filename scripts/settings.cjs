// Node-RED's settings for `npm start`: a quiet editor, for this machine only.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const userDir = process.env.REALTIME_USER_FOLDER;

module.exports = {
  uiHost: "127.0.0.1",
  uiPort: Number(process.env.PORT || 1880),
  userDir,
  flowFile: "flows.json",
  flowFilePretty: true,
  fileWorkingDirectory: userDir,
  credentialSecret: JSON.parse(readFileSync(join(userDir, "credential-secret.json"), "utf8")),
  telemetry: { enabled: false, updateNotification: false },
  diagnostics: { enabled: false, ui: false },
  externalModules: {
    palette: { allowInstall: false, allowUpload: false, allowUpdate: false },
    modules: { allowInstall: false },
  },
  functionExternalModules: false,
  editorTheme: { tours: false, projects: { enabled: false } },
  logging: { console: { level: "info", metrics: false, audit: false } },
};
