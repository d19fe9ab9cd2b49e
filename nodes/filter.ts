import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import {
  contentOf,
  eventGroups,
  eventMatcher,
  eventTypes,
  memberAtPath,
  RealtimeError,
  testMember,
  type MemberOperator,
  type RealtimeEvent,
  type UnknownEvent,
} from "../lib/index";
import { booleanOf, choiceOf, rowsOf } from "./form-values";
import { fail, succeed } from "./realtime-error";
import { sayUnusable } from "./unusable-form";

/** One rule, and so one output. */
interface Rule {
  match: "type" | "group";
  /** With `type`: an event type of either dialect. */
  type: string;
  /** With `group`: the name of a group, or a prefix such as `response.*`. */
  group: string;
  /** Whether a member must pass a test too. */
  test: boolean;
  member: string;
  operator: MemberOperator;
  value: string;
  /** Kinds that are known at once: an event must not overtake another while a value is fetched. */
  valueType: "str" | "num" | "bool" | "env" | "msg";
}

interface FilterDef extends NodeDef {
  rules: Rule[];
  /** "true": a message leaves by every rule that fits; "false": by the first. */
  checkall: "true" | "false";
  /** Whether a last output takes what no rule fits. */
  otherwise: boolean;
  /** What msg.payload becomes: the event, or its useful part. */
  output: "event" | "useful";
}

type Event = RealtimeEvent | UnknownEvent;
type Test = (event: Event, message: NodeMessage) => boolean;

export default function register(RED: NodeAPI): void {
  RED.httpAdmin.get(
    "/openai-realtime/filter/event-types",
    RED.auth.needsPermission("openai-realtime.read"),
    (_request, response) => {
      response.json({
        groups: eventGroups.map(({ name, description }) => ({ name, description })),
        types: [...eventTypes.values()].map(
          ({ type, direction, dialects, counterpart, description }) => ({
            type,
            direction,
            dialects,
            counterpart,
            description,
          }),
        ),
      });
    },
  );

  function FilterConstructor(this: Node, config: FilterDef): void {
    RED.nodes.createNode(this, config);

    const testOf = (rule: Rule): Test => {
      const matches = eventMatcher((rule.match === "group" ? rule.group : rule.type).trim());
      if (!rule.test) return matches;
      const { member, operator, value, valueType } = rule;
      const constant: unknown =
        valueType === "msg" ? undefined : RED.util.evaluateNodeProperty(value, valueType, this, {});
      return (event, message) =>
        matches(event) &&
        testMember(
          memberAtPath(event, member),
          operator,
          valueType === "msg" ? propertyOf(RED, message, value) : constant,
        );
    };
    let tests: readonly Test[];
    let isFirstOnly: boolean;
    let isUseful: boolean;
    try {
      tests = rowsOf(config, "rules").map(testOf);
      isFirstOnly = booleanOf(config, "checkall") === false;
      isUseful = choiceOf(config, "output", ["event", "useful"]) === "useful";
    } catch (error) {
      sayUnusable(RED, this, error);
      return;
    }

    /** The outputs that an event leaves by. */
    const outputsOf = (event: Event, message: NodeMessage): readonly number[] => {
      const outputs: number[] = [];
      for (const [index, test] of tests.entries()) {
        if (!test(event, message)) continue;
        outputs.push(index);
        if (isFirstOnly) break;
      }
      return outputs.length === 0 && config.otherwise ? [tests.length] : outputs;
    };

    this.on("input", (message, send, done) => {
      try {
        const event = eventIn(message);
        const outputs = outputsOf(event, message);
        if (outputs.length > 0) {
          if (isUseful) message.payload = contentOf(event).value;
          const messages: (NodeMessage | null)[] = Array(tests.length + 1).fill(null);
          for (const output of outputs) messages[output] = message;
          send(messages);
        }
      } catch (error) {
        fail(RED, this, error, done);
        return;
      }
      succeed(RED, this, done);
    });
  }

  RED.nodes.registerType("openai-realtime-filter", FilterConstructor);
}

/** The property at a path; undefined where the message lacks a part of it, as core's switch has it. */
function propertyOf(RED: NodeAPI, message: NodeMessage, path: string): unknown {
  try {
    return RED.util.getMessageProperty(message, path);
  } catch {
    return undefined;
  }
}

function eventIn({ payload }: NodeMessage): Event {
  if (typeof payload === "object" && payload !== null && "type" in payload) {
    const { type } = payload;
    if (typeof type === "string") return payload as UnknownEvent;
  }
  throw new RealtimeError(
    "not_an_event",
    "msg.payload must be a realtime event: an object with a type, as the connect node sends it",
    { param: "msg.payload" },
  );
}
