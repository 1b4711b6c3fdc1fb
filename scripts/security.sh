#!/usr/bin/env bash
#
# security.sh: runs pm-alert with its page and all channels, and attacks it.
#
#     scripts/security.sh
#
# Prints one line for each check, and exits with 1 if any failed. The tests SecurityTests, SecretTests, InjectionTests,
# AccessTests and LiveSecurityTests check the same rules in the parts; this script checks them in the running program.
#
# Environment: PM_BIN  directory of pm-alert   (default .build/release)

set -euo pipefail
cd "$(dirname "$0")/.."

exec python3 - "${PM_BIN:-.build/release}/pm-alert" <<'PYTHON'
import base64, http.client, http.server, json, os, re, signal, socket, stat, subprocess, sys, tempfile, threading, time

program = os.path.abspath(sys.argv[1])
canary = "canary7f3a9c"
failed = []


def check(name, passed, detail=""):
    print(f"{'ok    ' if passed else 'FAILED'} {name}{'' if passed else f': {detail}'}", flush=True)
    if not passed:
        failed.append(name)


def wait(condition, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


class Receiver(http.server.BaseHTTPRequestHandler):
    requests = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        Receiver.requests.append((self.path, dict(self.headers), body))
        if "redirect" in self.path:
            self.send_response(307)
            self.send_header("Location", f"http://127.0.0.1:{receiver.server_address[1]}/internal")
        elif "refuse" in self.path:
            self.send_response(400)
        else:
            self.send_response(200)
        answer = b'{"id":"77","ok":true,"result":{"message_id":7}}'
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{receiver.server_address[1]}"
home = tempfile.mkdtemp()
os.chmod(home, 0o755)


def path(name):
    return os.path.join(home, name)


def write(name, text, mode=0o600):
    with open(path(name), "w") as file:
        file.write(text)
    os.chmod(path(name), mode)
    return path(name)


evil = ("@everyone <@1> <!channel> *b* _i_ `c` [x](http://evil.example) <b>&amp; evil.example #tag "
        "\x1b[2J\u202e\u200b\r\nBcc: eve@evil.example\r\n.\r\n$(touch pwned) ; rm -rf /")


def trade(number, **members):
    return json.dumps({
        "kind": "trade", "id": f"{number:032x}", "seq": number, "via": "replay", "side": "BUY", "outcome": evil,
        "time": "2026-11-22T10:00:00.000Z", "tx_hash": f"0x{number:064x}", "condition_id": f"0x{number:064x}",
        "wallet": f"0x{number:040x}", "price": 0.5, "size": 40000, "value": 20000, "tier": "MEGA_WHALE",
        "title": evil, "name": evil, "slug": evil, "event_slug": evil, **members}) + "\n"


def subscriber(name, channel, target):
    return json.dumps({"name": name, "settings": [{"channel": channel, "target": target}]}) + "\n"


def start(arguments, lines, environment=None):
    process = subprocess.Popen(
        [program, "--burst", "0s", "--log-level", "debug"] + arguments, stdin=subprocess.PIPE,
        stdout=open(path("out"), "w"), stderr=open(path("err"), "w"), env={**os.environ, **(environment or {})}, cwd=home)
    process.stdin.write("".join(lines).encode())
    process.stdin.flush()
    return process


def read(name):
    with open(path(name), errors="replace") as file:
        return file.read()


# The program and the mailer write down what they get.
for name in ("command", "mailer"):
    write(name, f"#!/bin/sh\ncat >>{path(name)}.in\nenv >{path(name)}.env\nls -l /proc/self/fd >{path(name)}.fds\n"
                f"tr '\\0' ' ' </proc/self/cmdline >{path(name)}.args\n", 0o755)
subscribers = "".join([
    subscriber("a", "discord", write("discord", f"{base}/discord/{canary}\n")),
    subscriber("b", "slack", write("slack", f"{base}/slack/{canary}\n")),
    subscriber("c", "webhook", write("webhook", f"{base}/hook/{canary}\nwhsec_{base64.b64encode(canary.encode() * 2).decode()}\n")),
    subscriber("d", "telegram", write("telegram", f"12:{canary}\n-4\n{base}\n")),
    subscriber("e", "email", "ada@example.org"), subscriber("f", "command", path("command")),
    subscriber("g", "webhook", "env:HOOK"), subscriber("h", "webhook", write("refuse", f"{base}/refuse/{canary}\n")),
    subscriber("i", "webhook", write("redirect", f"{base}/redirect/{canary}\n")),
])
token = canary * 2
files = ["--ledger", path("ledger"), "--dead-letters", path("dead"), "--rejects", path("rejects"), "--status-dir", path("status")]
process = start(
    ["--subscribers", write("subscribers", subscribers), "--allow-private", "--sendmail", path("mailer"), "--live",
     "127.0.0.1:0", "--live-token-file", write("token", token + "\n"), *files],
    [trade(1), "no record\n"], {"HOOK": f"{base}/env/{canary}", "AWS_SECRET": canary})
wait(lambda: "live page at" in read("err"))
port = int(re.search(r"live page at http://127.0.0.1:(\d+)/", read("err")).group(1))
delivered = wait(lambda: all(any(p in r[0] for r in Receiver.requests) for p in (
    "/discord", "/slack", "/hook", "/bot12", "/env", "/refuse", "/redirect")) and os.path.exists(path("mailer.in"))
    and os.path.exists(path("command.in")) and read("out").count("\n") >= 9)
check("every channel gets the alert", delivered, sorted({r[0] for r in Receiver.requests}))


# --- the page -------------------------------------------------------------------------------------------------------
def get(target="/", headers=None, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, target, skip_host=True)
    for name, value in {"Host": f"127.0.0.1:{port}", **(headers or {})}.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()


bearer = {"Authorization": f"Bearer {token}"}
status, headers, body = get("/", bearer)
check("the page with its token: 200", status == 200, status)
for name, part in {
    "content-security-policy": "default-src 'none'", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin",
}.items():
    check(f"header {name}", part in headers.get(name, ""), headers.get(name))
check("frames of other sites are forbidden", "frame-ancestors 'none'" in headers.get("content-security-policy", ""))
check("no script of another site, none inline", b"<script>" not in body and b"src=\"http" not in body)
for name, target, more, wanted in [
    ("no token", "/", {}, 401), ("a wrong token", "/", {"Authorization": "Bearer " + "x" * 24}, 401),
    ("a prefix of the token", "/", {"Authorization": f"Bearer {token[:-1]}"}, 401),
    ("the token in the query only", f"/?token={token}", {}, 401), ("metrics without a token", "/metrics", {}, 401),
    ("health without a token", "/health", {}, 401), ("another Host (DNS rebinding)", "/", {**bearer, "Host": "evil.example"}, 403),
    ("another Origin", "/live", {**bearer, "Origin": "http://evil.example", "Upgrade": "websocket", "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(b"0" * 16).decode(), "Sec-WebSocket-Version": "13"}, 403),
    ("a path outside of the page", "/../../etc/passwd", bearer, 404),
]:
    found = get(target, more)[0]
    check(f"{name}: {wanted}", found == wanted, found)
check("POST is not allowed: 405", get("/", bearer, "POST")[0] == 405)


def raw(data, seconds):
    """Returns the seconds until the server closes the connection; None if it does not."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(data)
        began = time.time()
        client.settimeout(0.5)
        while time.time() - began < seconds:
            try:
                if not client.recv(65536):
                    return time.time() - began
            except TimeoutError:
                pass
            except OSError:
                return time.time() - began
    return None


check("a header of 16 KiB ends the connection",
      raw(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 16384 + b"\r\n\r\n", 12) is not None)
check("a slow request ends within 15 s", (raw(b"GET / HTTP/1.1\r\n", 15) or 99) < 15)
crowd = []
for _ in range(150):
    client = socket.socket()
    client.settimeout(5)
    try:
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET / HTTP/1.1\r\n")
        crowd.append(client)
    except OSError:
        break
began = time.time()
answered = wait(lambda: get("/health", bearer)[0] in (200, 503), 10)
check("150 slow clients: others are answered", answered and time.time() - began < 10, time.time() - began)
alerts = read("out").count("\n")
process.stdin.write(trade(2).encode())
process.stdin.flush()
check("150 slow clients: alerts are delivered", wait(lambda: read("out").count("\n") >= alerts + 6))
for client in crowd:
    client.close()

# --- injection ------------------------------------------------------------------------------------------------------
bodies = {p: next((r[2] for r in Receiver.requests if p in r[0]), "{}") for p in ("/discord", "/slack", "/bot12", "/hook")}
discord = json.loads(bodies["/discord"])
embed = json.dumps(discord.get("embeds"), ensure_ascii=False)
check("Discord: no mention is parsed", discord.get("allowed_mentions") == {"parse": []}, discord.get("allowed_mentions"))
check("Discord: markup is escaped", "[x](" not in embed and "\\\\<\\\\@1" in embed, embed)
slack = bodies["/slack"]
check("Slack: no mention, no link", "<!channel>" not in slack and "<@1>" not in slack and "<http://evil" not in slack, slack)
telegram = json.loads(bodies["/bot12"]).get("text", "")
check("Telegram: no element of the text", "<b>&amp;amp; evil" not in telegram and "&lt;b&gt;" in telegram, telegram)
text = read("mailer.in")
head = text.split("\n\n")[0]
check("e-mail: no header of the text", "\nBcc:" not in head and head.count("To: ada@example.org") == 1, head)
check("e-mail: the body is Base 64", "evil" not in text.split("\n\n", 1)[1])
check("e-mail: fixed arguments", "-i -- ada@example.org" in read("mailer.args"), read("mailer.args"))
check("a program gets one line a message", all(json.loads(line) for line in read("command.in").splitlines()))
check("no shell runs a text", not os.path.exists(path("pwned")))
output = read("out")
check("no control character on standard output", not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u200b]", output))
check("a redirection is not followed", not any(r[0] == "/internal" for r in Receiver.requests))
signature = next((r[1].get("webhook-signature", "") for r in Receiver.requests if "/hook" in r[0]), "")
check("webhooks are signed", signature.startswith("v1,"), signature)

# --- files, processes, secrets --------------------------------------------------------------------------------------
for name in ("ledger", "ledger.lock", "dead", "rejects"):
    mode = stat.S_IMODE(os.stat(path(name)).st_mode)
    check(f"{name} is for its owner only", mode == 0o600, oct(mode))
with open(f"/proc/{process.pid}/cmdline") as file:
    check("no secret in the arguments", canary not in file.read())
for name in ("command", "mailer"):
    check(f"no secret in the environment of the {name}", canary not in read(f"{name}.env"))
    inherited = read(f"{name}.fds")
    check(f"no descriptor for the {name}", "socket:" not in inherited and "ledger" not in inherited, inherited)
with open(f"/proc/{process.pid}/limits") as file:
    check("no core file", re.search(r"Max core file size\s+0\s+0", file.read()) is not None)
owner = os.stat(f"/proc/{process.pid}/mem").st_uid
check("the memory belongs to root", owner == 0, owner)
with open(f"/proc/{process.pid}/coredump_filter") as file:
    check("a core would be empty", int(file.read(), 16) == 0)
process.stdin.close()
process.wait(60)
for name in ("out", "err", "ledger", "dead", "rejects", "status/pm-alert.json"):
    check(f"no secret in {name}", canary not in read(name), [l for l in read(name).splitlines() if canary in l][:1])

# --- SSRF: without --allow-private ----------------------------------------------------------------------------------
private = ["127.0.0.1", "[::1]", "0.0.0.0", "2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost", "169.254.169.254",
           "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "[::ffff:127.0.0.1]", "[fd00::1]", "[fe80::1]",
           "[64:ff9b::7f00:1]", "user:word@127.0.0.1"]
urls = [f"https://{host}:{receiver.server_address[1]}/ssrf" for host in private] + [
    f"{base}/ssrf", "file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "https:/\\127.0.0.1/"]
lines = "".join(subscriber(f"s{n}", "webhook", write(f"url{n}", url + "\n")) for n, url in enumerate(urls))
known = len(Receiver.requests)
process = start(["--subscribers", write("private", lines), "--drain", "2s", "--timeout", "1s"], [trade(3)])
process.stdin.close()
process.wait(60)
records = [json.loads(line) for line in read("out").splitlines()]
outcomes = {r["subscriber"]: r["channels"][0] for r in records}
for n, url in enumerate(urls):
    outcome = outcomes.get(f"s{n}", {})
    # A private address is refused for good; another scheme is the operator's mistake, and is tried again.
    wanted = ("dead",) if n < len(private) else ("dead", "pending")
    check(f"no delivery to {url}", outcome.get("outcome") in wanted, outcome)
check("no request reached a private address", len(Receiver.requests) == known, Receiver.requests[known:])

subprocess.run(["rm", "-rf", home], check=True)
print(f"{len(failed)} failed" if failed else "all passed")
sys.exit(1 if failed else 0)
PYTHON
