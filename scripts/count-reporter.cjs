// Mocha's own report, and its counts in the file that COUNTS names.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class CountReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures, pending } = runner.stats;
      writeFileSync(process.env.COUNTS, JSON.stringify({ passes, failures, pending }));
    });
  }
};
