import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { KindGuard, type TSchema } from "@sinclair/typebox";
import { canonicalType, eventTypes, isKnown } from "../../../lib/protocol/event-types";
import { parseFrame } from "../../../lib/protocol/frame";
import { validateClientEvent, validateServerEvent } from "../../../lib/protocol/validate";
import { smallestEvent } from "./sample-events";

const reference = resolve(__dirname, "../../../../shared/reference/events.json");

interface ReferenceEvent {
  type: string;
  direction: string;
  dialects: string[];
  fields: { name: string; type: string; required: boolean }[];
  ga_counterpart?: string[];
  beta_counterpart?: string[];
  seed_variant?: string;
}

describe("event types", () => {
  it("count 12 client, 54 server and 6 local ones", () => {
    const directions = [...eventTypes.values()].map((info) => info.direction);
    const count = (direction: string) => directions.filter((one) => one === direction).length;
    assert.deepEqual([count("client"), count("server"), count("local")], [12, 54, 6]);
  });

  it("have a description of one line each, and no two the same within a dialect", () => {
    const seen = new Set<string>();
    for (const { type, description, dialects } of eventTypes.values()) {
      assert.match(description, /^[A-Z][^\n]{10,110}\.$/, type);
      for (const dialect of dialects) {
        assert.ok(!seen.has(`${dialect} ${description}`), `${type}: ${description}`);
        seen.add(`${dialect} ${description}`);
      }
    }
  });

  it("describe every member, down to the last", () => {
    for (const { type, schema } of eventTypes.values()) {
      for (const path of undescribed(schema, type)) assert.fail(`${path} has no description`);
    }
  });

  it("name their unit or range where they are numbers", () => {
    const units =
      /from 0|milliseconds|seconds|tokens|Hz|bytes|0 to 1|1 is normal|1 when|0 or less|1 to 4096|Code of|in the period|left of it|A byte/;
    for (const { type, schema } of eventTypes.values()) {
      for (const [path, description] of numbers(schema, type)) {
        assert.match(description, units, `${path}: ${description}`);
      }
    }
  });

  it("name each other as counterparts where a name changed", () => {
    const pairs = [...eventTypes.values()].filter((info) => info.counterpart !== null);
    assert.equal(pairs.length, 17);
    for (const { type, dialects, counterpart } of pairs) {
      const other = eventTypes.get(counterpart ?? "");
      assert.ok(other, type);
      if (!type.startsWith("transcription_session.")) assert.equal(other.counterpart, type);
      if (!dialects.includes("ga")) assert.equal(canonicalType(type), counterpart);
    }
  });

  it("leave unknown names, and names of objects' own members, alone", () => {
    for (const type of ["response.sung", "__proto__", "constructor", "toString", ""]) {
      assert.equal(canonicalType(type), type);
      assert.equal(isKnown({ type }), false);
    }
  });

  describe("against the reference", () => {
    if (!existsSync(reference)) {
      it("skipped: ../shared/reference/events.json is not here");
      return;
    }
    const events: ReferenceEvent[] = JSON.parse(readFileSync(reference, "utf8"));

    it("are the same 72", () => {
      assert.equal(events.length, 72);
      assert.deepEqual(
        [...eventTypes.keys()].toSorted(),
        events.map(({ type }) => type).toSorted(),
      );
    });

    for (const event of events) {
      it(`${event.type}: direction, dialects, members and required flags`, () => {
        const info = eventTypes.get(event.type);
        assert.ok(info);
        assert.equal(info.direction, event.direction);
        assert.deepEqual(info.dialects, event.dialects);
        const members = Object.entries(info.schema.properties)
          .filter(([name]) => name !== "type")
          .map(([name, schema]) => [name, !KindGuard.IsOptional(schema)]);
        const documented = event.fields.map(({ name, required }) => [name, required]);
        // Both libraries the local events come from give realtime.event more than the table says.
        const extra = event.type === "realtime.event" ? ["source", "time"] : [];
        const compared = members.filter(([name]) => !extra.includes(String(name)));
        assert.deepEqual(compared.toSorted(byName), documented.toSorted(byName));
        const counterparts = [...(event.ga_counterpart ?? []), ...(event.beta_counterpart ?? [])];
        if (info.counterpart !== null && !event.type.startsWith("transcription_session.")) {
          assert.ok(counterparts.includes(info.counterpart));
        }
      });
    }

    it("hold all 44 variants of RealtimeEvent: built, written, read, validated and found by name", () => {
      const variants = events.filter((event) => event.seed_variant !== undefined);
      assert.equal(variants.length, 44);
      for (const { type, dialects, direction } of variants) {
        const info = eventTypes.get(type);
        assert.ok(info, type);
        assert.ok(info.dialects.includes("beta"), `${type} is a name of the beta dialect`);
        assert.ok(dialects.includes("beta"));
        assert.ok(eventTypes.has(canonicalType(type)));
        const event = smallestEvent(info);
        const parsed = parseFrame(JSON.stringify(event));
        assert.ok(parsed.ok, type);
        assert.deepEqual(parsed.event, event);
        assert.ok(isKnown(parsed.event));
        if (direction === "client") {
          assert.deepEqual(validateClientEvent(event), { ok: true, event: event });
        } else {
          assert.deepEqual(validateServerEvent(event), []);
        }
      }
    });
  });
});

function byName(a: unknown[], b: unknown[]): number {
  return String(a[0]).localeCompare(String(b[0]));
}

function* undescribed(schema: TSchema, path: string): Generator<string> {
  if (KindGuard.IsObject(schema)) {
    if (!schema.description) yield path;
    for (const [name, member] of Object.entries(schema.properties)) {
      if (!member.description) yield `${path}.${name}`;
      yield* undescribed(member, `${path}.${name}`);
    }
  } else if (KindGuard.IsUnion(schema)) {
    for (const branch of schema.anyOf) yield* undescribed(branch, path);
  } else if (KindGuard.IsArray(schema)) {
    yield* undescribed(schema.items, `${path}[]`);
  }
}

function* numbers(schema: TSchema, path: string): Generator<[string, string]> {
  if (KindGuard.IsObject(schema)) {
    for (const [name, member] of Object.entries(schema.properties)) {
      const branches: TSchema[] = KindGuard.IsUnion(member) ? member.anyOf : [member];
      if (branches.some((one) => KindGuard.IsInteger(one) || KindGuard.IsNumber(one))) {
        yield [`${path}.${name}`, member.description ?? ""];
      }
      yield* numbers(member, `${path}.${name}`);
    }
  } else if (KindGuard.IsUnion(schema)) {
    for (const branch of schema.anyOf) yield* numbers(branch, path);
  } else if (KindGuard.IsArray(schema)) {
    yield* numbers(schema.items, `${path}[]`);
  }
}
