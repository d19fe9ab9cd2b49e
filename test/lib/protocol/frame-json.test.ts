import assert from "node:assert/strict";
import fc from "fast-check";
import { parseJson } from "../../../lib/protocol/frame-json";

const AUDIO = Buffer.alloc(4_800, "sound").toString("base64");

function outcome(parse: (text: string) => unknown, text: string): unknown {
  try {
    return { value: parse(text) };
  } catch (error) {
    assert.ok(error instanceof SyntaxError, String(error));
    return { error: error.message };
  }
}

/** Both ways to read a text, which must be one. */
function assertSame(text: string): void {
  const wanted = outcome(JSON.parse, text);
  const found = outcome(parseJson, text);
  // A broken text is quoted in the message: where it is cut, only the kind of error is the same.
  if (typeof wanted === "object" && wanted !== null && "error" in wanted)
    assert.ok(typeof found === "object" && found !== null && "error" in found, text.slice(0, 200));
  else assert.deepEqual(found, wanted);
}

describe("the JSON of a frame", () => {
  const frames: readonly (readonly [what: string, text: string])[] = [
    ["audio from the server", `{"type":"response.output_audio.delta","delta":"${AUDIO}"}`],
    ["audio to the server", `{"type":"input_audio_buffer.append","audio":"${AUDIO}"}`],
    ["members behind the audio", `{"type":"x","delta":"${AUDIO}","index":1,"more":{"a":[1]}}`],
    ["an escape in the audio", `{"type":"x","delta":"${AUDIO}\\/${AUDIO}"}`],
    ["an escape behind the audio", `{"type":"x","delta":"${AUDIO}","text":"a \\"quote\\""}`],
    ["the member twice", `{"type":"x","delta":"${AUDIO}","delta":"short"}`],
    ["the member twice, empty", `{"type":"x","delta":"${AUDIO}","delta":""}`],
    ["the member twice, once in disguise", `{"type":"x","delta":"${AUDIO}","\\u0064elta":"b"}`],
    ["both members", `{"type":"x","delta":"${AUDIO}","audio":"${AUDIO}"}`],
    ["a member inside a member", `{"type":"x","part":{"delta":"${AUDIO}"},"delta":""}`],
    ["a member inside a list", `[{"type":"x","delta":"${AUDIO}"}]`],
    ["the name in a text", `{"type":"x","text":"a \\"delta\\":\\"b","delta":"${AUDIO}"}`],
    ["the name as a value", `{"type":"delta","audio":"${AUDIO}"}`],
    ["a name that ends like it", `{"type":"x","my_delta":"${AUDIO}"}`],
    ["spaces", `{ "type": "x", "delta": "${AUDIO}" }`],
    ["no end of the text", `{"type":"x","delta":"${AUDIO}`],
    ["no end of the object", `{"type":"x","delta":"${AUDIO}"`],
    ["something behind the object", `{"type":"x","delta":"${AUDIO}"} x`],
    ["a wrong head", `{type:"x","delta":"${AUDIO}"}`],
    ["a quote too many", `{"type":"x"y","delta":"${AUDIO}"}`],
    ["a key that is none", `{"type":"x" "delta":"${AUDIO}"}`],
    ["letters beyond ASCII", `{"type":"x","delta":"${"für dich ☂ ".repeat(500)}"}`],
    ["a prototype", `{"__proto__":{"type":"x"},"delta":"${AUDIO}"}`.replace("{", "{ ")],
    ["a prototype behind the audio", `{"type":"x","delta":"${AUDIO}","__proto__":{"a":1}}`],
  ];
  for (const [what, text] of frames) {
    it(`is read as by JSON.parse: ${what}`, () => assertSame(text));
  }

  it("is read as by JSON.parse, whatever is in it", () => {
    const long = fc.oneof(
      fc.string(),
      fc.string().map((text) => AUDIO + text),
      fc.constantFrom('"', '\\"', '","delta":"', '{"delta":"', "\\"),
    );
    const value = fc.oneof(long, fc.integer(), fc.constant(null), fc.dictionary(long, long));
    const names = fc.constantFrom("type", "delta", "audio", "text", '"delta":"', "__proto__");
    const members = fc.array(fc.tuple(names, value), { maxLength: 6 });
    fc.assert(
      fc.property(members, fc.nat({ max: 3 }), fc.nat(), (all, cuts, at) => {
        const written = all.map((pair) => pair.map((part) => JSON.stringify(part)).join(":"));
        let text = `{${written.join(",")}}`;
        // Broken here and there.
        for (let cut = 0; cut < cuts; cut++) {
          const place = (at * (cut + 1)) % text.length;
          text = text.slice(0, place) + text.slice(place + 1);
        }
        assertSame(text);
      }),
      { numRuns: 5_000 },
    );
  });
});
