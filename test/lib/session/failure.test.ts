import assert from "node:assert/strict";
import { failureOf } from "../../../lib/session/failure";

describe("a line that fails", () => {
  const failure = (code: string) => failureOf({ kind: "failed", code });

  // As OpenSSL names them; Node.js hands these names on.
  for (const code of [
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "CERT_REVOKED",
    "INVALID_CA",
    "INVALID_PURPOSE",
    "PATH_LENGTH_EXCEEDED",
    "HOSTNAME_MISMATCH",
    "CRL_SIGNATURE_FAILURE",
    "ERROR_IN_CERT_NOT_AFTER_FIELD",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "EPROTO",
  ]) {
    it(`for the certificate (${code}) stops the session`, () => {
      const { error, fatal } = failure(code);
      assert.deepEqual([error.code, fatal], ["tls_failed", true]);
      assert.match(error.message, new RegExp(code));
    });
  }

  for (const code of [
    "CERT_NOT_YET_VALID",
    "CERT_HAS_EXPIRED",
    "CRL_NOT_YET_VALID",
    "CRL_HAS_EXPIRED",
    "ENOTFOUND",
    "EAI_AGAIN",
  ]) {
    it(`for the time or the name (${code}) is tried again, at most every five minutes`, () => {
      const { error, fatal, isSlow } = failure(code);
      assert.deepEqual([error.code, fatal, isSlow], ["connection_failed", false, true]);
    });
  }

  it("for anything else is tried again soon", () => {
    const { error, fatal, isSlow } = failure("ECONNREFUSED");
    assert.deepEqual([error.code, fatal, isSlow], ["connection_failed", false, false]);
  });
});
