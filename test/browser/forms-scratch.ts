import { Editor } from "../support/editor";
import { startNodeRed } from "../support/node-red";
declare const RED: any; declare const $: any;
async function main() {
  const nr = await startNodeRed(process.env["NODE_RED"] ?? "node-red");
  const editor = await Editor.open(nr.url);
  const { page } = editor;
  try {
    // endpoint
    const id = await page.evaluate(() => { let f = ""; RED.nodes.eachConfig((n: any) => { if (n.type === "openai-realtime-endpoint") f = n.id; return true; }); return f; });
    await page.evaluate((i) => RED.editor.editConfig("", "openai-realtime-endpoint", i), id);
    await page.waitForSelector("#node-config-dialog-ok", { state: "visible" });
    await page.waitForTimeout(600);
    await page.selectOption("#node-config-input-kind", "compatible");
    const err = () => page.evaluate(() => [...document.querySelectorAll("#dialog-config-form .input-error" as any)].map((e: any) => e.id));
    console.log("empty url", await err());
    await page.fill("#node-config-input-url", "ws://example.com/v1"); await page.dispatchEvent("#node-config-input-url", "change");
    console.log("ws no key", await err());
    await page.fill("#node-config-input-apiKey", "sk-x"); await page.dispatchEvent("#node-config-input-apiKey", "change");
    console.log("ws key", await err());
    await page.fill("#node-config-input-url", "ws://192.168.1.5:80/v1"); await page.dispatchEvent("#node-config-input-url", "change");
    console.log("private", await err());
    await page.click("#node-config-input-headers-container ~ * button, .red-ui-editableList-addButton");
    await page.fill(".realtime-header-name", "X-A"); await page.fill(".realtime-header-value", "v");
    await page.waitForTimeout(200);
    await page.screenshot({ path: "/tmp/shot-endpoint.png" });
    await page.click("#node-config-dialog-ok");
    await page.waitForTimeout(600);
    console.log(await page.evaluate((i) => { const n = RED.nodes.node(i); return JSON.stringify({ k: n.kind, u: n.url, h: n.headers, c: n.credentials, keys: Object.keys(n.headers) }); }, id));
    console.log("export", await page.evaluate((i) => JSON.stringify(RED.nodes.createExportableNodeSet([RED.nodes.node(i)])), id));
    // session
    const sid = await page.evaluate(() => { let f = ""; RED.nodes.eachConfig((n: any) => { if (n.type === "openai-realtime-session") f = n.id; return true; }); return f; });
    await page.evaluate((i) => RED.editor.editConfig("", "openai-realtime-session", i), sid);
    await page.waitForSelector("#node-config-dialog-ok", { state: "visible" });
    await page.waitForTimeout(600);
    await page.screenshot({ path: "/tmp/shot-session0.png" });
    await page.locator("#realtime-session-tabs li a").nth(1).click();
    await page.selectOption("#node-config-input-turnDetection", "server_vad");
    await page.fill("#node-config-input-threshold", "3"); await page.dispatchEvent("#node-config-input-threshold", "change");
    console.log("threshold", await err());
    await page.screenshot({ path: "/tmp/shot-session1.png" });
    await page.locator("#realtime-session-tabs li a").nth(3).click();
    await page.selectOption("#node-config-input-toolChoice", "function");
    console.log("tool", await err());
    await page.screenshot({ path: "/tmp/shot-session3.png" });
    await page.locator("#realtime-session-tabs li a").nth(2).click();
    await page.screenshot({ path: "/tmp/shot-session2.png" });
    await page.click("#node-config-dialog-cancel");
    await page.waitForTimeout(600);
    // send
    await editor.openTab("1 Ask in text");
    const send = await page.evaluate(() => RED.nodes.filterNodes({ type: "openai-realtime-send" })[0].id);
    await page.evaluate((i) => RED.editor.edit(RED.nodes.node(i)), send);
    await page.waitForSelector("#node-dialog-ok", { state: "visible" });
    await page.waitForTimeout(800);
    await page.selectOption("#node-input-mode", "event");
    await page.selectOption("#node-input-event", "conversation.item.truncate");
    await page.waitForTimeout(300);
    await page.screenshot({ path: "/tmp/shot-send.png" });
    await page.selectOption("#node-input-event", "session.update");
    await page.waitForTimeout(300);
    await page.locator("#node-input-fields-container").locator("xpath=ancestor::div[contains(@class,'red-ui-editableList')]").locator("a,button").last().click().catch((e) => console.log(String(e).slice(0, 200)));
    await page.waitForTimeout(300);
    await page.screenshot({ path: "/tmp/shot-send2.png" });
    await page.selectOption("#node-input-event", "conversation.item.truncate");
    await page.click("#node-dialog-ok");
    await page.waitForTimeout(600);
    console.log(await page.evaluate((i) => { const n = RED.nodes.node(i); return JSON.stringify({ m: n.mode, e: n.event, f: n.fields, v: n.valid, ve: n.validationErrors }); }, send));
    console.log("problems", editor.problems);
  } finally { await editor.close(); await nr.stop(); }
}
void main().catch((e) => { console.error(e); process.exitCode = 1; });
