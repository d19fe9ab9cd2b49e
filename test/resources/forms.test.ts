import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import vm from "node:vm";

type Validator = (this: object, value: unknown, opt?: object) => unknown;
type NumberValidator = (least: number, most: number, text: string) => Validator;

interface Forms {
  numberBetween: NumberValidator;
  wholeNumberBetween: NumberValidator;
  sessionKey: Validator;
  isName: (text: unknown) => boolean;
  isHeaderName: (text: unknown) => boolean;
  areHeaderNames: (value: unknown) => boolean;
  presetOf: (kind: unknown) => object | undefined;
  fillList: (list: object, items: readonly object[] | undefined) => void;
}

/** Timers of the page that have not run yet. */
const timers: (() => void)[] = [];

const page = vm.createContext({ setTimeout: (run: () => void) => timers.push(run) });
vm.runInContext("window = globalThis", page);
vm.runInContext(readFileSync("resources/forms.js", "utf8"), page);
const forms = page["openaiRealtimeForms"] as Forms;

/** As Node-RED calls it: a text for what is wrong where it asks for one. */
const node = { _: (key: string, names: object) => `${key} ${JSON.stringify(names)}` };

describe("what forms share", () => {
  it("takes a number, nothing, or a value of the environment for a number", () => {
    const validate = forms.numberBetween(0.5, 3, "error.speed");
    for (const value of ["0.5", 3, " 2 ", "", undefined, null, "${SPEED}"])
      assert.equal(validate.call(node, value, {}), true, String(value));
    for (const value of ["0.4", 4, "x", "1,5", "NaN", "${SPEED"]) {
      assert.equal(validate.call(node, value), false, String(value));
      assert.equal(validate.call(node, value, {}), 'error.speed {"least":0.5,"most":3}');
    }
  });

  it("takes whole numbers where they are needed", () => {
    const validate = forms.wholeNumberBetween(1, Infinity, "error.count");
    for (const value of ["1", 20, "", undefined, "${COUNT}"])
      assert.equal(validate.call(node, value, {}), true, String(value));
    for (const value of ["0", "1.5", "-1", "1e3", "one"])
      assert.equal(validate.call(node, value), false, value);
  });

  it("takes keys of at most 64 characters", () => {
    assert.equal(forms.sessionKey.call(node, ` ${"k".repeat(64)}`), true);
    assert.equal(forms.sessionKey.call(node, "k".repeat(65)), false);
    assert.equal(forms.sessionKey.call(node, undefined), true);
  });

  it("knows names of tools and of headers", () => {
    assert.deepEqual(["set_light-2", "a b", "", undefined].map(forms.isName), [
      true,
      false,
      false,
      false,
    ]);
    assert.deepEqual(["X-Room", "X Room", ""].map(forms.isHeaderName), [true, false, false]);
  });

  it("knows lists of headers as the runtime does, whatever a node holds", () => {
    for (const value of [[], ["X-Room"], "X-Room, X-Team", "X,,Y", "", undefined, null])
      assert.equal(forms.areHeaderNames(value), true, JSON.stringify(value));
    for (const value of [["X Room"], [null], "X Room", 5, true, {}])
      assert.equal(forms.areHeaderNames(value), false, JSON.stringify(value));
  });

  it("knows no kind of server by a name that every object has", () => {
    page["RED"] = { settings: { openaiRealtimeEndpointPresets: { openai: { name: "OpenAI" } } } };
    assert.deepEqual(forms.presetOf("openai"), { name: "OpenAI" });
    for (const kind of ["constructor", "__proto__", "toString", undefined, 5, {}])
      assert.equal(forms.presetOf(kind), undefined, JSON.stringify(kind));
    page["RED"] = {};
    assert.equal(forms.presetOf("openai"), undefined);
  });

  it("shows the beginning of a list that it has filled", () => {
    const added: object[] = [];
    let top = 0;
    const list = {
      editableList: (_method: string, item: object) => {
        added.push(item);
        // As the editor's list does: to the end, a moment later.
        timers.push(() => (top = 100));
      },
      parent: () => ({ scrollTop: (value: number) => (top = value) }),
    };
    forms.fillList(list, [{ name: "a" }, { name: "b" }]);
    for (const run of timers.splice(0)) run();
    assert.deepEqual([added, top], [[{ name: "a" }, { name: "b" }], 0]);
    forms.fillList(list, undefined);
  });
});
