import assert from "node:assert/strict";
import {
  builtIn,
  collect,
  flow,
  give,
  lastStatus,
  load,
  next,
  topicIs,
  useNodeRed,
  userWords,
  watched,
  type FlowNode,
} from "../support/canvas";

const parameter = (name: string, choices: string): object => ({
  name,
  type: "string",
  choices,
  required: true,
  description: "",
});

function canvas(tool: Record<string, unknown>): FlowNode[] {
  return flow(
    ...builtIn,
    ...watched(),
    userWords("send"),
    {
      id: "tool",
      type: "openai-realtime-tool",
      session: "s",
      tool: "set_light",
      description: "",
      parametersMode: "list",
      parameters: [parameter("room", "kitchen, living_room"), parameter("state", "on, off")],
      deadline: "20",
      wires: [["called"]],
      ...tool,
    },
    { id: "called", type: "helper" },
  );
}

describe("a tool with sentences and a room", () => {
  useNodeRed();

  it("is called by its sentences, in the room of the session where none is named", async () => {
    const sentences = "lights {state} [in [the] {room}]\nit is too (dark|gloomy) [here] {state=on}";
    await load(canvas({ sentences, roomArgument: "room" }));
    const caught = collect("caught");
    const say = async (payload: string, session: string): Promise<unknown> => {
      const called = next("called");
      give("send", { payload, realtime: { session } });
      return (await called).payload;
    };
    assert.deepEqual(await say("lights off in the kitchen", "Living Room"), {
      room: "kitchen",
      state: "off",
    });
    assert.deepEqual(await say("it is too gloomy", "Living Room"), {
      room: "living_room",
      state: "on",
    });
    assert.deepEqual(await say("Lights off, please", "kitchen"), { room: "kitchen", state: "off" });
    assert.deepEqual(caught, []);
  });

  it("is not called in a session that is no room: model, user and Catch node are told in words", async () => {
    await load(canvas({ sentences: "lights {state}", roomArgument: "room" }));
    const calls = collect("called");
    const caught = next("caught");
    const said = next("events", topicIs("response.output_text.done"));
    const output = next(
      "events",
      (message) => message.payload.item?.type === "function_call_output",
    );
    give("send", { payload: "lights on" });
    const { error, message, problems } = JSON.parse((await output).payload.item.output) as Record<
      string,
      unknown
    >;
    assert.equal(error, "invalid_arguments");
    assert.equal(message, "It is not clear which room is meant: kitchen or living room.");
    assert.match(String(problems), /"room" is missing/);
    assert.equal(
      (await said).payload.text,
      "Sorry, light on did not work: It is not clear which room is meant: kitchen or living room.",
    );
    assert.equal((await caught)["error"].source.id, "tool");
    assert.deepEqual(calls, []);
  });

  it("with a mistake in its sentences says where, and is not offered", async () => {
    await load(canvas({ sentences: "lights {state}\nlamps {mood}" }));
    const updated = next("events", topicIs("session.updated"));
    give("c", { action: "connect" });
    assert.deepEqual((await updated).payload.session.tools, []);
    assert.equal(lastStatus("tool"), "status.invalid");
  });
});
