import assert from "node:assert/strict";
import { answer, literalText, type Situation, type Turn } from "../../../lib/local-server/answers";
import type { FunctionTool } from "../../../lib/protocol/tools";

const light: FunctionTool = {
  type: "function",
  name: "set_light",
  description: "Turns a light on or off",
  parameters: {
    type: "object",
    properties: { room: { enum: ["kitchen", "bedroom"] }, on: { type: "boolean" } },
    required: ["room", "on"],
  },
};

const answerTo = (turn: Turn, more: Partial<Situation> = {}) =>
  answer({
    turn,
    instructions: null,
    tools: [light],
    language: "en",
    toolChoice: "auto",
    parallelToolCalls: true,
    question: null,
    ...more,
  });

describe("literal text of instructions", () => {
  for (const [instructions, text] of [
    ['Say exactly: "Dinner is ready."', "Dinner is ready."],
    ['Announce "The post is here" to the user, and nothing else.', "The post is here"],
    ["Say “Good morning” in a warm voice", "Good morning"],
    ['Read this out: "She said "no" twice."', 'She said "no" twice.'],
    [`Say exactly ${JSON.stringify('A "quoted" word\nand a line')}`, 'A "quoted" word\nand a line'],
    ["Say: Dinner is ready", "Dinner is ready"],
    ["Please say the following text word for word: Dinner is ready", null],
    ["Say exactly the following: One: two.", "One: two."],
    ["Be kind.", null],
    ["You may say what you like", null],
    ['Answer as "Bob"', null],
    ['Say ""', null],
    ["", null],
  ] as const) {
    it(`of ${JSON.stringify(instructions)} is ${JSON.stringify(text)}`, () => {
      assert.equal(literalText(instructions), text);
    });
  }

  it("is found quickly in a long text without any", () => {
    const start = process.cpuUsage().user;
    assert.equal(literalText(`${"say exactly ".repeat(200_000)}`), null);
    assert.ok(process.cpuUsage().user - start < 1_000_000);
  });
});

describe("answers of the built-in server", () => {
  it("follow instructions to say something before anything else", () => {
    const instructions = 'Say "hello"';
    assert.deepEqual(
      answerTo({ kind: "words", text: "turn on the kitchen light" }, { instructions }),
      {
        kind: "speech",
        text: "hello",
      },
    );
  });

  it("do not let other instructions keep them from a command", () => {
    const answered = answerTo(
      { kind: "words", text: "turn on the kitchen light" },
      { instructions: "Be short." },
    );
    assert.equal(answered.kind, "calls");
  });

  it("own up to instructions they cannot follow", () => {
    const answered = answerTo({ kind: "nothing" }, { instructions: "Tell a joke." });
    assert.ok(answered.kind === "speech" && answered.text.startsWith("Sorry"));
  });

  describe("to a command that lacks something", () => {
    const ask = (text = "turn on the light", more: Partial<Situation> = {}) => {
      const asked = answerTo({ kind: "words", text }, more);
      assert.ok(asked.kind === "question", JSON.stringify(asked));
      return asked;
    };

    it("ask for it", () => {
      assert.equal(ask().text, "Which room: kitchen or bedroom?");
    });

    for (const [property, text] of [
      [{ on: { type: "boolean" } }, "On or off?"],
      [{ action: { enum: ["turn_on", "turn_off", "toggle"] } }, "Turn on, turn off or toggle?"],
      [{ to: { enum: ["mum", "dad"] } }, "Which one: mum or dad?"],
      [{ size: { enum: ["small", "large"] } }, "Which size: small or large?"],
      [
        { size: { enum: ["one", "two", "three", "four", "five", "six", "seven"] } },
        "Which size? For example one, two, three, four, five or six.",
      ],
      [{ level: { type: "integer", minimum: 0, maximum: 100 } }, "What level, from 0 to 100?"],
      [{ target_temperature: { type: "number" } }, "What target temperature?"],
      [{ minutes: { type: "number" } }, "For how long?"],
      [{ time: { type: "string", format: "time" } }, "At what time?"],
      [{ city: { type: "string" } }, "What city? I can take that only typed."],
    ] as const) {
      it(`with "${text}"`, () => {
        const parameters = {
          type: "object",
          properties: property,
          required: Object.keys(property),
        };
        const tool: FunctionTool = { type: "function", name: "get_lamp", parameters };
        assert.equal(ask("get the lamp", { tools: [tool] }).text, text);
      });
    }

    it("take what is said next for the reply", () => {
      const { question } = ask();
      assert.deepEqual(answerTo({ kind: "words", text: "in the kitchen" }, { question }), {
        kind: "calls",
        calls: [{ name: "set_light", arguments: { on: true, room: "kitchen" } }],
      });
      const dismissed = answerTo({ kind: "words", text: "never mind" }, { question });
      assert.deepEqual(dismissed, { kind: "speech", text: "All right." });
      const thanked = answerTo({ kind: "words", text: "thanks" }, { question });
      assert.deepEqual(thanked, { kind: "speech", text: "You are welcome." });
    });

    it("ask for one value where several calls cannot be made at once", () => {
      const { question, text } = ask();
      const turn: Turn = { kind: "words", text: "the kitchen and the bedroom" };
      const answered = answerTo(turn, { question, parallelToolCalls: false });
      assert.deepEqual(answered, {
        kind: "question",
        text: `One at a time, please. ${text}`,
        question,
      });
      const one = answerTo(
        { kind: "words", text: "the kitchen" },
        { question, parallelToolCalls: false },
      );
      assert.equal(one.kind, "calls");
    });

    it("ask for what several calls lack", () => {
      const tools = [light, { ...light, name: "set_fan" }];
      const { question } = ask("turn on the light and the fan", { tools });
      const answered = answerTo({ kind: "words", text: "kitchen" }, { tools, question });
      const told = { on: true, room: "kitchen" };
      const calls = tools.map(({ name }) => ({ name, arguments: told }));
      assert.deepEqual(answered, { kind: "calls", calls });
    });

    it("ask again where something else was said", () => {
      const { question, text } = ask();
      for (const turn of [{ kind: "rejected" }, { kind: "words", text: "dance" }] as const) {
        assert.deepEqual(answerTo(turn, { question }), {
          kind: "question",
          text: `Sorry, I did not understand that. ${text}`,
          question,
        });
      }
    });

    it("take it for the reply rather than for a command of its own", () => {
      const properties = { size: { enum: ["large"] }, drink: { enum: ["latte", "tea"] } };
      const order: FunctionTool = {
        type: "function",
        name: "order_drink",
        parameters: {
          type: "object",
          properties: { ...properties, milk: { enum: ["oat", "soy"] } },
          required: ["drink", "milk"],
        },
      };
      const size: FunctionTool = {
        type: "function",
        name: "order_milk",
        parameters: {
          type: "object",
          properties: { milk: { enum: ["oat", "soy"] } },
          required: ["milk"],
        },
      };
      const tools = [order, size];
      const { question } = ask("a latte", { tools });
      const replied = answerTo({ kind: "words", text: "oat" }, { tools, question });
      const call = { name: "order_drink", arguments: { drink: "latte", milk: "oat" } };
      assert.deepEqual(replied, { kind: "calls", calls: [call] });
      assert.equal(answerTo({ kind: "words", text: "oat" }, { tools: [size] }).kind, "calls");
    });

    it("take free text for the reply, but not the name of the tool that is said once more", () => {
      const parameters = {
        type: "object",
        properties: { item: { type: "string" } },
        required: ["item"],
      };
      const list: FunctionTool = { type: "function", name: "add_to_shopping_list", parameters };
      const words = "add to the shopping list";
      const { question } = ask(words, { tools: [list] });
      assert.equal(
        ask(words, { tools: [list], question }).text,
        "What item? I can take that only typed.",
      );
      const answered = answerTo({ kind: "words", text: "milk" }, { tools: [list], question });
      const call = { name: "add_to_shopping_list", arguments: { item: "milk" } };
      assert.deepEqual(answered, { kind: "calls", calls: [call] });
    });

    it("ask for nothing where the calls could not be made", () => {
      for (const more of [
        { toolChoice: "none" },
        { parallelToolCalls: false, text: "turn on the light and the light" },
      ] as const) {
        const text = "text" in more ? more.text : "turn on the light";
        const answered = answerTo({ kind: "words", text }, more);
        assert.ok(answered.kind === "speech");
        assert.match(answered.text, /^Sorry, I did not understand that\. set_light needs room/);
      }
    });
  });

  it("say what they could not hear, and why", () => {
    const answered = answerTo({ kind: "unheard", reason: "No ears." });
    assert.deepEqual(answered, { kind: "speech", text: "Sorry, I could not hear you. No ears." });
  });

  it("tell of a sentence that would be understood", () => {
    for (const turn of [
      { kind: "rejected" },
      { kind: "words", text: "dance" },
      { kind: "nothing" },
    ] as const) {
      const answered = answerTo(turn);
      assert.ok(answered.kind === "speech");
      assert.match(answered.text, /You can say, for example: "turn on the kitchen light"\./);
    }
    assert.equal(answerTo({ kind: "words", text: "turn on the kitchen light" }).kind, "calls");
  });

  it("tell that there is no tool yet", () => {
    assert.deepEqual(answerTo({ kind: "words", text: "turn on the light" }, { tools: [] }), {
      kind: "speech",
      text: "Sorry, I did not understand that. My commands come from tools, and there is no tool yet.",
    });
  });

  for (const [language, text, expected] of [
    ["en", "Hello!", /^Hello\. I carry out commands, and am no language model\. You can say/],
    ["en", "good morning", /^Hello\./],
    ["en", "What can you do?", /^I carry out commands, .*My commands are: set light\.$/],
    ["en", "help", /^I carry out commands/],
    ["en", "Thank you very much.", /^You are welcome\.$/],
    ["en", "hello, what is the time", /^Sorry/],
    ["en", "bonjour", /^Sorry/],
    ["fr", "Bonjour !", /^Hello\./],
    ["fr", "qu’est-ce que tu sais faire ?", /^I carry out commands/],
    ["fr", "À l'aide", /^I carry out commands/],
    ["fr", "merci beaucoup", /^You are welcome\.$/],
  ] as const) {
    it(`to "${text}" are short and honest`, () => {
      const answered = answerTo({ kind: "words", text }, { language });
      assert.ok(answered.kind === "speech");
      assert.match(answered.text, expected);
    });
  }

  it("to a greeting are that of a tool which has these words", () => {
    const parameters = { type: "object", "x-sentences": ["good morning"] };
    const tools: readonly FunctionTool[] = [{ type: "function", name: "wake", parameters }];
    assert.equal(answerTo({ kind: "words", text: "Good morning" }, { tools }).kind, "calls");
    assert.deepEqual(answerTo({ kind: "words", text: "hello" }, { tools: [] }), {
      kind: "speech",
      text:
        "Hello. I carry out commands, and am no language model. " +
        "My commands come from tools, and there is no tool yet.",
    });
  });

  it("name a few of many tools", () => {
    const tools = Array.from({ length: 9 }, (_, index) => ({
      ...light,
      name: `set_thing${index}`,
    }));
    const answered = answerTo({ kind: "rejected" }, { tools });
    assert.ok(answered.kind === "speech");
    assert.match(answered.text, /set thing0, set thing1, set thing2, set thing3, and more\.$/);
  });

  it("hold without any tool", () => {
    for (const turn of [
      { kind: "rejected" },
      { kind: "nothing" },
      { kind: "words", text: "x" },
    ] as const) {
      const answered = answerTo(turn, { tools: [] });
      assert.ok(answered.kind === "speech" && answered.text.length > 10);
    }
  });
});
