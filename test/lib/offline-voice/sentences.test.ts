import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { english } from "../../../lib/offline-voice/english";
import { grammarOf } from "../../../lib/offline-voice/grammar";
import { SentenceError } from "../../../lib/offline-voice/sentence-error";
import { readSentences } from "../../../lib/offline-voice/sentences";
import type { CommandTool } from "../../../lib/offline-voice/tool-schema";
import { understand } from "../../../lib/offline-voice/understanding";
import { orderDrink, randomOrder } from "./coffee-tool";
import { homeTools } from "./home-tools";
import { seeded } from "./spoken";

function light(...lines: readonly string[]): CommandTool {
  return {
    name: "light",
    parameters: {
      properties: {
        room: { enum: ["kitchen", "living_room"] },
        state: { type: "boolean", description: "on or off" },
        brightness: { type: "integer", minimum: 0, maximum: 100 },
        note: { type: "string" },
      },
      "x-sentences": lines,
    },
  };
}

/** Arguments of the only call; the reason when the text is not understood. */
function meaning(text: string, ...lines: readonly string[]): unknown {
  const understood = understand(text, [light(...lines)]);
  if (understood.kind !== "calls") return understood.reason;
  assert.equal(understood.calls.length, 1);
  return understood.calls[0]?.arguments;
}

function mistake(...lines: readonly string[]): string {
  try {
    readSentences(light(...lines), english);
  } catch (error) {
    if (error instanceof SentenceError) return error.message;
    throw error;
  }
  return "no mistake";
}

const TURN = "(turn|switch) {state} [the] {room} light[s]";

describe("the sentences of a tool", () => {
  it("give an argument one value", () => {
    const lines = ["light from {room} to {room}"];
    assert.deepEqual(meaning("light from kitchen to kitchen", ...lines), { room: "kitchen" });
    assert.equal(typeof meaning("light from kitchen to living room", ...lines), "string");
  });

  it("have alternatives, optional words, slots and endings, as in Home Assistant", () => {
    const kitchenOn = { room: "kitchen", state: true };
    assert.deepEqual(meaning("turn on the kitchen light", TURN), kitchenOn);
    assert.deepEqual(meaning("switch on kitchen lights", TURN), kitchenOn);
    assert.deepEqual(meaning("Turn OFF the living room light!", TURN), {
      room: "living_room",
      state: false,
    });
    assert.deepEqual(meaning("could you turn on the kitchen light please", TURN), kitchenOn);
    assert.deepEqual(meaning("lit in the kitchen", "l(i|igh)t[s] [in the ]{room}"), {
      room: "kitchen",
    });
    assert.equal(typeof meaning("turn on the kitchen lamp", TURN), "string");
  });

  it("take the place of those that the schema suggests", () => {
    assert.match(String(meaning("set the kitchen light to on", TURN)), /has the word "set"/);
    const both = [light(TURN), ...homeTools.filter(({ name }) => name === "openGarage")];
    assert.equal(understand("open the garage door", both).kind, "calls");
  });

  it("use rules, in any order of the lines, with alternatives at the top", () => {
    const lines = [
      "<do> [the] {room} light[s] {state}",
      "do = <verb> up | <verb>",
      "verb = put|turn",
    ];
    assert.deepEqual(meaning("put up the kitchen lights on", ...lines), {
      room: "kitchen",
      state: true,
    });
  });

  it("give values that are not said", () => {
    const lines = ["(it is|it's) too dark in [the] {room} {state=on} {brightness=100}"];
    const bright = { room: "kitchen", state: true, brightness: 100 };
    assert.deepEqual(meaning("it's too dark in the kitchen", ...lines), bright);
    assert.deepEqual(meaning("its too dark in the kitchen", ...lines), bright);
    assert.deepEqual(meaning("it is too dark in kitchen", ...lines), bright);
  });

  it("have parts in any order", () => {
    const line = "lights ({room};{state};now)";
    for (const text of ["lights kitchen on now", "lights now on kitchen", "lights on kitchen now"])
      assert.deepEqual(meaning(text, line), { room: "kitchen", state: true });
    assert.equal(typeof meaning("lights kitchen on", line), "string");
  });

  it("have many parts in any order, some of which may be left out", () => {
    const { "x-sentences": _own, ...parameters } = orderDrink.parameters as Record<string, unknown>;
    const sentences = [
      "[can i have|i want] [a|an] ([{size}];[{roast}];[{numberOfShots}];{coffeeDrink};[with {milkAmount}];[(with|and) {sugarAmount}])",
    ];
    const tool = { ...orderDrink, parameters: { ...parameters, "x-sentences": sentences } };
    const understood = (text: string): unknown => {
      const result = understand(text, [tool]);
      return result.kind === "calls" ? result.calls.map((call) => call.arguments) : result.reason;
    };
    const latte = {
      size: "large",
      roast: "light roast",
      numberOfShots: "double shot",
      coffeeDrink: "latte",
    };
    for (const text of [
      "can i have a large light roast double shot latte",
      "double shot latte light roast large",
    ])
      assert.deepEqual(understood(text), [latte], text);
    assert.deepEqual(
      understood("can i have a large light roast double shot latte with some milk and sugar"),
      [{ ...latte, milkAmount: "some milk", sugarAmount: "some sugar" }],
    );
    assert.deepEqual(understood("an americano"), [{ coffeeDrink: "americano" }]);
    assert.equal(typeof understood("a large dark roast"), "string");
    assert.equal(typeof understood("a latte and a large"), "string");
    assert.match(grammarOf([tool]).jsgf, /\)\+/);
  });

  it("may name the list of a slot, as in Home Assistant", () => {
    assert.deepEqual(meaning("dark in kitchen", "dark in {area:room} {on_off:state=on}"), {
      room: "kitchen",
      state: true,
    });
  });

  it("say values in further ways, also where the schema makes the sentences", () => {
    const lounge = "{room=living_room} = lounge | (front|sitting) room";
    for (const text of ["turn on the sitting room light", "turn on the lounge lights"])
      assert.deepEqual(meaning(text, TURN, lounge), { room: "living_room", state: true });
    assert.deepEqual(meaning("turn the light in the lounge off", lounge), {
      room: "living_room",
      state: false,
    });
    const full = "{brightness=100} = full | as bright as possible";
    assert.deepEqual(meaning("dim to as bright as possible", "dim to {brightness}", full), {
      brightness: 100,
    });
  });

  it("take numbers with their unit, and free text as it was typed", () => {
    const line = "dim to {brightness}";
    assert.deepEqual(meaning("dim to fifty percent", line), { brightness: 50 });
    assert.deepEqual(meaning("dim to 50 %", line), { brightness: 50 });
    assert.deepEqual(meaning("dim to 50", `${line}[%| percent]`), { brightness: 50 });
    assert.deepEqual(meaning("note that It Works", "note that {note}"), { note: "It Works" });
  });

  it("may be joined in one sentence", () => {
    const understood = understand("turn on the kitchen light and turn off the living room light", [
      light(TURN),
    ]);
    assert.deepEqual(
      understood.kind === "calls" && understood.calls.map((call) => call.arguments),
      [
        { room: "kitchen", state: true },
        { room: "living_room", state: false },
      ],
    );
  });

  it("leave comments, empty lines and the quotes of a YAML list out", () => {
    assert.deepEqual(meaning("turn on the kitchen light", "# lights", "", `- "${TURN}"`), {
      room: "kitchen",
      state: true,
    });
  });

  const mistakes: readonly (readonly [string, RegExp, ...string[]])[] = [
    ["an unknown parameter", /^Line 1, column 15: there is no parameter \{rom\}; there are: room, state, brightness, note$/, "turn {state} [{rom}]"],
    ["an unknown rule", /^Line 2, column 6: there is no rule <it>/, TURN, "turn <it> on"],
    ["a rule that stands for itself", /^Line 2, column 5: the rule <a> stands for itself: a → b → a$/, "a = <b>", "b = <a>"],
    ["two rules of one name", /^Line 2, column 1: there are two rules "a"$/, "a = x", "a = y"],
    ["a missing bracket", /^Line 1, column 9: "\)" is missing$/, "(turn on"],
    ["a bracket too many", /^Line 1, column 8: "\]" has no opening bracket$/, "turn on]"],
    ["a slot that does not end", /^Line 1, column 6: "\}" is missing after this "\{"$/, "turn {state"],
    ["a slot without a name", /^Line 1, column 6: between "\{" and "\}" stands one name$/, "turn {}"],
    ["a value that cannot be", /^Line 1, column 6: \{brightness\} cannot be "900"$/, "full {brightness=900}"],
    ["a sentence of nothing", /^Line 1, column 1: nothing in this sentence has to be said$/, "[the] [lights]"],
    ["both separators", /^Line 1, column 5: "\|" and ";" cannot/, "(a;b|c)"],
    ["an argument in a way to say a value", /^Line 1, column 17: a way to say a value/, "{state=on} = in {room}"],
    ["too many forms of a word", /^Line 1, column 21: more than 200 ways/, "[a|b][a|b][a|b][a|b][a|b][a|b][a|b]"],
    ["a value that is no choice", /^Line 1, column 6: \{room\} cannot be "attic"; it can be kitchen, living_room$/, "dark {room=attic}"],
    ["many parts in any order", /^Line 1, column 1: at most 8 parts/, "(a;b;c;d;e;f;g;h;i)"],
    ["many ends of a word in any order", /^Line 1, column 2: at most 4 parts/, "x(a;b;c;d;e)"],
    ["parts in any order that need not be said", /^Line 1, column 1: of more than 4 parts/, "(a;b;c;d;[e] [f])"],
    [
      "brackets in brackets that multiply",
      /^Line 1, column \d+: more than 3000 words/,
      `say ${"(a;b;c; ".repeat(15)}d${")".repeat(15)}`,
    ],
    [
      "endings in brackets that multiply",
      /^Line 1, column \d+: more than 200 ways/,
      `say x${"(a;b;c; ".repeat(15)}d${")".repeat(15)}`,
    ],
    ["brackets without end", /^Line 1, column 21: more than 20 brackets/, "(".repeat(50)],
    ["a line without end", /^Line 1, column 2001: more than 2000 characters$/, "a ".repeat(1500)],
  ]; // prettier-ignore
  for (const [what, expected, ...lines] of mistakes) {
    it(`tell of ${what}, with line and column`, () => assert.match(mistake(...lines), expected));
  }

  it("tell of rules that multiply, at once", () => {
    const rules = Array.from({ length: 40 }, (_, n) => `r${n + 1} = <r${n}> <r${n}>`);
    assert.match(
      mistake("r0 = a", ...rules, "say <r40>"),
      /^Line 42, column 1: this sentence holds more than 3000 words/,
    );
    assert.match(mistake(...rules, "r0 = a", "{state=on} = <r40>"), /^Line 42, .* 100 ways$/);
    assert.match(mistake(...Array.from({ length: 301 }, () => "a")), /^Line 301, .* 300 lines/);
  });

  it("may give an argument the same value however often", () => {
    const rules = Array.from({ length: 40 }, (_, n) => `r${n + 1} = <r${n}> <r${n}>`);
    const given = ["r0 = {state=on} {room=kitchen}", ...rules, "light <r40>"];
    assert.deepEqual(meaning("light", ...given), { room: "kitchen", state: true });
  });

  it("with a mistake make nothing that could be said, and no crash", () => {
    assert.equal(grammarOf([light("turn {x}")]).size, 0);
    assert.match(String(meaning("turn x", "turn {x}")), /no tools/);
    const odd: CommandTool = { name: "odd", parameters: { "x-sentences": { 1: "a" } } };
    assert.throws(() => readSentences(odd, english), SentenceError);
  });

  it("are spoken as they are written short, and with either article", () => {
    const { jsgf, words } = grammarOf([light("i'd like a light in [the] {room}")]);
    assert.match(jsgf, /\(i would \| i'd\) like \(a \| an\) light/);
    for (const word of ["i'd", "would", "an"]) assert.ok(words.includes(word), word);
    assert.deepEqual(meaning("I would like an light in the kitchen", "i'd like a light in [the] {room}"), { room: "kitchen" });
  }); // prettier-ignore

  it("understand every typed order of a café with six arguments", () => {
    const random = seeded(5);
    for (let count = 0; count < 300; count++) {
      const order = randomOrder(random);
      const understood = understand(order.text, [orderDrink]);
      assert.ok(
        understood.kind === "calls" &&
          isDeepStrictEqual(understood.calls, [
            { name: "order_drink", arguments: order.arguments },
          ]),
        `${order.text}: ${JSON.stringify(understood)}`,
      );
    }
  });
});
