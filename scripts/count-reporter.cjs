// Mocha's own report, and in the file that COUNTS names its counts and what failed with which error.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class CountReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const failed = [];
    runner.on("fail", (test, error) => failed.push(`${test.fullTitle()}\n${error.stack ?? error}`));
    runner.once("end", () => {
      const { passes, failures, pending } = runner.stats;
      writeFileSync(process.env.COUNTS, JSON.stringify({ passes, failures, pending, failed }));
    });
  }
};
