import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { RealtimeError } from "../../../lib/protocol/errors";
import { inputImage, PICTURE_LIMIT } from "../../../lib/protocol/picture";

const png = Buffer.from("89504e470d0a1a0a0000", "hex");
const jpeg = Buffer.from("ffd8ffe000104a464946", "hex");

const refused = (picture: unknown): string => {
  try {
    inputImage(picture);
  } catch (error) {
    assert.ok(error instanceof RealtimeError);
    return error.code ?? "";
  }
  return "accepted";
};

describe("a picture of the user", () => {
  it("is known by its first bytes, whatever it is called", () => {
    assert.deepEqual(inputImage(png, "low"), {
      type: "input_image",
      image_url: `data:image/png;base64,${png.toString("base64")}`,
      detail: "low",
    });
    const ofFunctionNode: unknown = runInNewContext("Uint8Array.from(bytes)", { bytes: [...jpeg] });
    for (const bytes of [new Uint8Array(jpeg), ofFunctionNode]) {
      assert.deepEqual(inputImage(bytes), {
        type: "input_image",
        image_url: `data:image/jpeg;base64,${jpeg.toString("base64")}`,
      });
    }
  });

  it("may be a data: URI", () => {
    const uri = `data:image/png;base64,${png.toString("base64")}`;
    assert.equal(inputImage(` ${uri}\n`).image_url, uri);
  });

  it("is nothing else", () => {
    for (const value of [
      Buffer.from("GIF89a"),
      Buffer.alloc(0),
      "data:image/gif;base64,R0lG",
      "https://example.com/a.png",
      png.toString("base64"),
      { data: [...png] },
      undefined,
    ])
      assert.equal(refused(value), "invalid_picture", JSON.stringify(value));
  });

  it("has a largest size, in either form", () => {
    const largest = Buffer.alloc(PICTURE_LIMIT);
    png.copy(largest);
    const uri = inputImage(largest).image_url ?? "";
    assert.equal(refused(uri), "accepted");
    const larger = Buffer.concat([largest, Buffer.alloc(3)]);
    assert.equal(refused(larger), "picture_too_large");
    assert.equal(
      refused(`data:image/png;base64,${larger.toString("base64")}`),
      "picture_too_large",
    );
    assert.throws(() => inputImage(Buffer.concat([largest, largest])), /20\.0 MiB.*10\.0 MiB/);
  });
});
