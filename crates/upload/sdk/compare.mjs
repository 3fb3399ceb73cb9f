// Holds certflight's requests against those of the vendor's own SDK, and the sandbox against that SDK. Only loopback is used, and no account.
//
//     npm ci --ignore-scripts --no-audit --no-fund
//     node compare.mjs PATH_TO_CERTFLIGHT_BINARY PATH_TO_FIXTURES_DATA

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { Vercel } from "@vercel/sdk";
import { SDKError } from "@vercel/sdk/models/sdkerror.js";

// Everything takes a few seconds; on a machine that is busy, several times that.
const LIMIT = 180_000;
const STEP_LIMIT = 30_000;

const TOKEN = "a-token-for-loopback";
const ORIGIN = "https://api.example.com";
const PLAIN = { project: "my-app" };
// One segment of a path and one value of a query each, whatever they hold.
const ENCODED = { project: "ä b/c?d#e%2e&f=g+h:@;,$[]\\", teamId: "team_a/b&c=d", slug: "é f+g&h" };
const ENCODED_ID = "cert ü/1?x=%2F#y+z";
const RESERVED = { project: "a!b'c(d)e*f", slug: "s!t'u(v)w*x" };
const RESERVED_CASES = ["upload, !'()* in names", "delete, !'()* in names"];
const RESERVED_WHY = "RFC 3986 section 2.2 reserves !'()*; encoded they are surely data";

// Where the two differ and may: what each sends, null for nothing, and why that is right. A row holds for every case, or for the `cases` that it
// lists, and has to be true in each of them: one that no longer is has to go.
const DIFFERENCES = [
    { part: "header user-agent", sdk: /^speakeasy-sdk\/typescript 1\.17\.1 /, certflight: /^certflight\/\d/, why: "each names itself" },
    { part: "header accept-encoding", sdk: /^gzip, deflate/, certflight: null, why: "certflight decompresses no answers" },
    { part: "header accept-language", sdk: /^\*$/, certflight: null, why: "Node's fetch adds it; no preference is the default" },
    { part: "header sec-fetch-mode", sdk: /^cors$/, certflight: null, why: "Node's fetch adds it; it tells of browsers" },
    { part: "header connection", sdk: /^keep-alive$/, certflight: null, why: "the default of HTTP/1.1 (RFC 9112 section 9.3)" },
    { part: "header cookie", sdk: /^$/, certflight: null, why: "the SDK's is always empty" },
    // What they decode to is compared in every case, and no difference is named there.
    { part: "path", sdk: /[!'()*]/, certflight: /%2[1789A]/, cases: RESERVED_CASES, why: RESERVED_WHY },
    { part: "query", sdk: /[!()*]/, certflight: /%2[1789A]/, cases: RESERVED_CASES, why: RESERVED_WHY },
];

if (process.argv.length !== 4) {
    console.error("usage: node compare.mjs PATH_TO_CERTFLIGHT_BINARY PATH_TO_FIXTURES_DATA");
    process.exit(2);
}
const [binary, fixtures] = process.argv.slice(2).map((path) => resolve(path));

// What was started ends with this process, whichever way that ends.
const children = new Set();
const empty = mkdtempSync(join(tmpdir(), "certflight-sdk-"));
process.on("exit", () => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(empty, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

// No project, team, token or login but those that a case gives: no such variable, nothing in the working directory or at home.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^VERCEL_/i.test(name)));
Object.assign(environment, { HOME: empty, XDG_DATA_HOME: empty, XDG_CONFIG_HOME: empty, APPDATA: empty, VERCEL_TOKEN: TOKEN });

function start(args, options) {
    const child = spawn(binary, args, { cwd: empty, env: environment, stdio: ["ignore", "pipe", "pipe"], killSignal: "SIGKILL", ...options });
    children.add(child);
    child.once("exit", () => children.delete(child));
    child.once("error", () => children.delete(child));
    return child;
}

// Runs a command of certflight to its end, which has to be a good one.
async function certflight(args) {
    const child = start(args, { timeout: STEP_LIMIT });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
    child.stdout.resume();
    const [code, signal] = await once(child, "close");
    if (code !== 0) {
        const how = child.killed ? `was not done after ${STEP_LIMIT / 1000} seconds` : `ended with ${signal ?? `exit code ${code}`}`;
        throw new Error(`certflight ${args[0]} ${how}: ${said.trim().replace(/\s+/g, " ").slice(0, 300)}`);
    }
}

function sdk(url) {
    return new Vercel({ bearerToken: TOKEN, serverURL: url, timeoutMs: STEP_LIMIT }).projects;
}

function bundle(fixture) {
    const file = (name) => join(fixtures, fixture, `${name}.pem`);
    const text = (name) => readFileSync(file(name), "utf8");
    return {
        fields: { cert: text("cert"), key: text("key"), ca: text("ca") },
        flags: ["--cert", file("cert"), "--key", file("key"), "--ca", file("ca")],
    };
}

// Both make the same call.
function upload(fixture, target, extra = {}) {
    const { fields, flags } = bundle(fixture);
    const origin = extra.origin === undefined ? [] : ["--origin", extra.origin];
    const skip = extra.skipValidation ? ["--skip-validation"] : [];
    return {
        sdk: (projects) => projects.uploadProjectClientCert({ ...scope(target), requestBody: { ...fields, ...extra } }),
        command: ["upload", ...flags, ...origin, ...skip, ...targetFlags(target)],
    };
}

function list(target) {
    return { sdk: (projects) => projects.getProjectClientCerts(scope(target)), command: ["list", ...targetFlags(target)] };
}

function remove(target, certId) {
    return {
        sdk: (projects) => projects.deleteProjectClientCert({ ...scope(target), certId }),
        command: ["delete", certId, "--yes", ...targetFlags(target)],
    };
}

function scope({ project, ...team }) {
    return { idOrName: project, ...team };
}

function targetFlags({ project, teamId, slug }) {
    return ["--project", project, ...(teamId ? ["--team", teamId] : []), ...(slug ? ["--slug", slug] : [])];
}

// Answers as the API does, and keeps what was asked.
async function record() {
    const requests = [];
    const server = createServer(async (request, response) => {
        try {
            const chunks = [];
            for await (const chunk of request) chunks.push(chunk);
            const body = Buffer.concat(chunks).toString("utf8");
            requests.push({ method: request.method, url: request.url, headers: request.rawHeaders, body });
            response.setHeader("Content-Type", "application/json");
            response.end(JSON.stringify(answer(request, body)));
        } catch (error) {
            response.writeHead(500).end(JSON.stringify({ error: { code: "internal_server_error", message: error.message } }));
        }
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const close = () => {
        server.close();
        server.closeAllConnections();
    };
    return { url: `http://127.0.0.1:${server.address().port}`, take: () => requests.splice(0), close };
}

function answer(request, body) {
    switch (request.method) {
        case "POST":
            return { updated: true, origin: JSON.parse(body).origin ?? "", certId: "cert_1" };
        case "GET":
            return { clientCerts: [{ origin: ORIGIN, id: "cert_1" }, { origin: "", id: "cert_2" }] };
        default:
            return { origin: ORIGIN, certId: decodeURIComponent(request.url.split("?")[0].split("/").at(-1)) };
    }
}

// A request as a map from the name of each part to its text. JSON keeps the types apart.
function parts({ method, url, headers, body }) {
    const [path, ...rest] = url.split("?");
    const query = rest.length === 0 ? [] : rest.join("?").split("&").sort();
    const out = new Map([["method", method], ["path", path], ["query", query.join("&")]]);
    out.set("path, decoded", JSON.stringify(path.split("/").map(decodeURIComponent)));
    out.set("query, decoded", JSON.stringify(query.map((pair) => pair.split("=").map(decodeURIComponent)).sort()));
    for (let i = 0; i < headers.length; i += 2) {
        const part = `header ${headers[i].toLowerCase()}`;
        out.set(part, out.has(part) ? `${out.get(part)}, ${headers[i + 1]}` : headers[i + 1]);
    }
    if (body !== "") {
        const value = JSON.parse(body);
        const fields = typeof value === "object" && value !== null && !Array.isArray(value);
        out.set("body", fields ? "a JSON object" : body);
        for (const [field, held] of fields ? Object.entries(value) : []) out.set(`field ${field}`, JSON.stringify(held));
    }
    return out;
}

function matches(pattern, text) {
    return pattern === null ? text === undefined : text !== undefined && pattern.test(text);
}

function show(part, text) {
    if (text === undefined) return "nothing";
    if (/^field (cert|key|ca)$/.test(part)) return `a text of ${text.length} characters`;
    return part.startsWith("field ") ? text : `“${text}”`;
}

function compare(name, theirs, ours) {
    const wrong = [];
    const rows = DIFFERENCES.filter(({ cases }) => cases === undefined || cases.includes(name));
    const [a, b] = [parts(theirs), parts(ours)];
    for (const part of new Set([...a.keys(), ...b.keys(), ...rows.map((row) => row.part)])) {
        const row = rows.find((row) => row.part === part);
        const [x, y] = [a.get(part), b.get(part)];
        if (row === undefined) {
            if (x !== y) wrong.push(`${part}: the SDK sends ${show(part, x)}, certflight ${show(part, y)}`);
        } else if (x === y) {
            wrong.push(`${part}: the named difference (${row.why}) no longer occurs, both send ${show(part, x)}`);
        } else if (!matches(row.sdk, x) || !matches(row.certflight, y)) {
            wrong.push(`${part}: not the named difference (${row.why}): the SDK sends ${show(part, x)}, certflight ${show(part, y)}`);
        }
    }
    if (wrong.length > 0) throw new Error(wrong.join("; "));
}

const REQUESTS = {
    "upload with origin": upload("ok__p256-pkcs8", PLAIN, { origin: ORIGIN }),
    "upload without origin": upload("ok__p256-pkcs8", PLAIN),
    // A bundle that does not pass shows that it goes as it is.
    "upload skipping validation": upload("key-mismatch__other-key", PLAIN, { origin: ORIGIN, skipValidation: true }),
    "upload, teamId": upload("ok__p256-pkcs8", { ...PLAIN, teamId: "team_1" }, { origin: ORIGIN }),
    "upload, slug": upload("ok__p256-pkcs8", { ...PLAIN, slug: "acme" }, { origin: ORIGIN }),
    "upload, teamId and slug": upload("ok__p256-pkcs8", { ...PLAIN, teamId: "team_1", slug: "acme" }, { origin: ORIGIN }),
    "upload, percent-encoding": upload("ok__p256-pkcs8", ENCODED, { origin: ORIGIN }),
    [RESERVED_CASES[0]]: upload("ok__p256-pkcs8", RESERVED, { origin: ORIGIN }),
    "list": list(PLAIN),
    "list, teamId": list({ ...PLAIN, teamId: "team_1" }),
    "list, slug": list({ ...PLAIN, slug: "acme" }),
    "list, teamId and slug": list({ ...PLAIN, teamId: "team_1", slug: "acme" }),
    "list, percent-encoding": list(ENCODED),
    "delete": remove(PLAIN, "cert_1"),
    "delete, teamId": remove({ ...PLAIN, teamId: "team_1" }, "cert_1"),
    "delete, slug": remove({ ...PLAIN, slug: "acme" }, "cert_1"),
    "delete, teamId and slug": remove({ ...PLAIN, teamId: "team_1", slug: "acme" }, "cert_1"),
    "delete, percent-encoding": remove(ENCODED, ENCODED_ID),
    [RESERVED_CASES[1]]: remove(RESERVED, "x!y'z(1)2*3"),
};

async function requests() {
    const server = await record();
    for (const [name, call] of Object.entries(REQUESTS)) {
        await test(`request: ${name}`, async () => {
            await call.sdk(sdk(server.url));
            const theirs = server.take();
            assert.ok(theirs.length === 1, `the SDK made ${theirs.length} requests`);
            let failure;
            await certflight([...call.command, "--api-url", server.url]).catch((error) => (failure = error));
            const ours = server.take();
            if (failure) throw failure;
            assert.ok(ours.length === 1, `certflight made ${ours.length} requests`);
            compare(name, theirs[0], ours[0]);
        });
    }
    server.close();
}

async function sandbox() {
    const child = start(["sandbox", "--port", "0"]);
    child.stderr.resume();
    let projects;
    await test("sandbox: starts", async () => {
        const ended = once(child, "exit").then(([code, signal]) => assert.fail(`it ended with ${signal ?? `exit code ${code}`}`));
        const [line] = await within(STEP_LIMIT, Promise.race([ended, once(createInterface({ input: child.stdout }), "line")]));
        const [, url] = /^sandbox: (http:\/\/127\.0\.0\.1:\d+)$/.exec(line) ?? assert.fail(`it said ${line}`);
        projects = sdk(url);
    });
    if (projects === undefined) return;

    const target = { idOrName: "my-app" };
    const { fields } = bundle("ok__p256-pkcs8");
    const wrong = bundle("key-mismatch__other-key").fields;
    const put = (requestBody) => projects.uploadProjectClientCert({ ...target, requestBody });
    const certs = async (team = {}) => (await projects.getProjectClientCerts({ ...target, ...team })).clientCerts;
    let first, second;
    await test("sandbox: upload", async () => {
        first = await put({ ...fields, origin: ORIGIN });
        assert.deepEqual(first, { updated: true, origin: ORIGIN, certId: "sandbox_cert_1" });
    });
    await test("sandbox: list", async () => {
        assert.deepEqual(await certs(), [{ origin: ORIGIN, id: first.certId }]);
    });
    await test("sandbox: upload again for the same origin", async () => {
        assert.deepEqual(await put({ ...fields, origin: ORIGIN }), first);
        assert.deepEqual(await certs(), [{ origin: ORIGIN, id: first.certId }]);
    });
    await test("sandbox: upload for the whole project", async () => {
        second = await put(fields);
        assert.deepEqual(second, { updated: true, origin: "", certId: "sandbox_cert_2" });
        assert.deepEqual(new Set((await certs()).map(({ id }) => id)), new Set([first.certId, second.certId]));
    });
    await test("sandbox: list of another team", async () => {
        assert.deepEqual(await certs({ teamId: "team_1" }), []);
        assert.deepEqual(await certs({ slug: "acme" }), []);
    });
    await test("sandbox: upload of a wrong key is refused", async () => {
        await refused(400, "bad_request", put({ ...wrong, origin: "https://other.example.com" }));
        assert.equal((await certs()).length, 2);
    });
    await test("sandbox: upload of a wrong key skipping validation", async () => {
        const third = await put({ ...wrong, origin: "https://other.example.com", skipValidation: true });
        assert.deepEqual(third, { updated: true, origin: "https://other.example.com", certId: "sandbox_cert_3" });
    });
    await test("sandbox: delete", async () => {
        assert.deepEqual(await projects.deleteProjectClientCert({ ...target, certId: first.certId }), { origin: ORIGIN, certId: first.certId });
        assert.deepEqual((await certs()).filter(({ id }) => id === first.certId), []);
        assert.equal((await certs()).length, 2);
    });
    await test("sandbox: delete of what is gone is refused", async () => {
        await refused(404, "not_found", projects.deleteProjectClientCert({ ...target, certId: first.certId }));
    });
}

// The SDK's own error, with what the sandbox answered.
async function refused(status, code, call) {
    const error = await call.then(() => assert.fail(`it was taken, ${status} was due`), (error) => error);
    if (!(error instanceof SDKError)) throw error;
    assert.equal(error.statusCode, status, `status ${error.statusCode}: ${error.body}`);
    assert.equal(error.contentType, "application/json");
    assert.equal(error.headers.get("x-certflight-sandbox"), "true");
    const said = JSON.parse(error.body).error;
    assert.equal(said.code, code);
    assert.match(said.message, /^sandbox: ./);
}

async function within(limit, promise) {
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`nothing after ${limit / 1000} seconds`)), limit)));
    return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

let [passed, failed, running] = [0, 0, "nothing"];

async function test(name, body) {
    running = name;
    try {
        await body();
        passed += 1;
        console.log(`ok    ${name}`);
    } catch (error) {
        failed += 1;
        console.log(`FAIL  ${name}: ${error.message.replace(/\s*\n\s*/g, " ")}`);
    }
}

const alarm = setTimeout(() => {
    console.log(`FAIL  ${running}: not done after ${LIMIT / 1000} seconds in all\n${passed} passed, ${failed + 1} failed`);
    process.exit(1);
}, LIMIT);

for (const name of DIFFERENCES.flatMap(({ cases }) => cases ?? [])) {
    assert.ok(name in REQUESTS, `a difference is named for “${name}”, which is no case`);
}
await requests();
await sandbox();
clearTimeout(alarm);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
