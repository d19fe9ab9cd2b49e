import assert from "node:assert/strict";
import {
  builtIn,
  collect,
  flow,
  give,
  load,
  next,
  topicIs,
  useNodeRed,
  userWords,
  watched,
} from "../support/canvas";

const light = {
  id: "tool",
  type: "openai-realtime-tool",
  session: "s",
  tool: "set_light",
  description: "Turn a light or a fan on or off",
  parametersMode: "list",
  parameters: [
    { name: "device", type: "string", choices: "light, fan", required: true, description: "" },
    { name: "room", type: "string", choices: "kitchen, bedroom", required: true, description: "" },
    { name: "state", type: "string", choices: "on, off", required: true, description: "" },
  ],
  deadline: "20",
  onDeadline: "No answer.",
  wires: [["called"]],
};

const nodes = [
  ...builtIn,
  ...watched(),
  userWords("send"),
  light,
  { id: "called", type: "helper" },
  {
    id: "result",
    type: "openai-realtime-tool-result",
    session: "s",
    tool: "set_light",
    respond: "model",
  },
];

describe("lights by text, on the built-in server", () => {
  useNodeRed();

  it("calls the flow twice, in one turn, and answers once", async () => {
    await load(flow(...nodes));
    const events = collect("events");
    const calls = collect("called");
    const caught = collect("caught");
    const answered = next("events", topicIs("response.output_text.done"));
    const second = next("called", ({ payload }) => payload.device === "fan");
    give("send", { payload: "turn on the kitchen light and the fan in the bedroom" });
    await second;
    assert.deepEqual(
      calls.map(({ topic, payload }) => ({ topic, payload })),
      [
        { topic: "set_light", payload: { device: "light", room: "kitchen", state: "on" } },
        { topic: "set_light", payload: { device: "fan", room: "bedroom", state: "on" } },
      ],
    );
    for (const call of calls.toReversed()) give("result", { ...call, payload: { ok: true } });
    const answer = await answered;
    assert.ok(answer["payload"].text.length > 0);
    assert.deepEqual(caught, []);
    assert.equal(events.filter(topicIs("response.created")).length, 2);
  });
});
