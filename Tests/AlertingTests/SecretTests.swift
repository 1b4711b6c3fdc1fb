import Foundation
import PMJSON
import TestSupport
import Testing

/// Secrets that contain a canary, and the places where it must not appear.
struct SecretTests {
    private let directory = try! TemporaryDirectory()
    private let canary = "canary7f3a9"

    /// pm-alert with a secret of every kind, and one alert that every channel has failed to deliver.
    private func stage(_ receiver: HTTPStub, under shell: String? = nil) throws -> AlertProcess {
        for option in ["--discord-file", "--slack-file", "--webhook-file"] {
            let keys = option == "--webhook-file" ? "\nwhsec_Y2FuYXJ5N2YzYTljYW5hcnk3ZjNhOQ==" : ""
            try AlertProcess.subscribe(
                "ada\(option)", to: receiver.url("/\(canary)?token=\(canary)") + keys, as: option,
                in: directory)
        }
        try AlertProcess.subscribe(
            "tel", to: "123:\(canary)\n-4\n\(receiver.url(""))", as: "--telegram-file", in: directory)
        try AlertProcess.run("subscribe", ["--name", "eve", "--email", "eve@example.org"], in: directory)
        let password = try directory.write("\(canary)\n", to: "password")
        let stage = try AlertProcess(
            [
                "--ledger", directory.file("ledger"), "--dead-letters", directory.file("dead"),
                "--status-dir",
                directory.file("status"), "--log-level", "debug", "--smtp", "smtp://127.0.0.1:9",
                "--smtp-user",
                "eve", "--smtp-password-file", password, "--retry-pause", "10ms", "--retry-limit", "20ms",
                "--live", "127.0.0.1:0", "--drain", "500ms",
            ], in: directory)
        try stage.process.write(TradeLine.make().line)
        let channels = ["discord", "slack", "webhook", "telegram", "email"]
        #expect(
            eventually {
                channels.allSatisfy { stage.process.errors.contains(": \($0) (") }
            }, "every channel has logged a failure")
        return stage
    }

    @Test func areInNoOutputAndInNoFile() throws {
        let receiver = HTTPStub { $0.index == 0 ? .reply(500) : .reply(404, body: "no") }
        let stage = try stage(receiver)
        let arguments = try String(contentsOfFile: "/proc/\(stage.process.pid)/cmdline", encoding: .utf8)
        #expect(arguments.contains("--ledger"))
        #expect(try stage.finish() == .status(0))
        let listed = try AlertProcess.run("subscribers", [], in: directory)
        var texts = [arguments, stage.process.output, stage.process.errors, listed.output, listed.errors]
        for file in ["ledger", "dead", "status/pm-alert.json"] { texts.append(try directory.read(file)) }
        #expect(!texts.contains { $0.contains(canary) || $0.contains("Y2FuYXJ5") })
        for file in ["pm.db", "pm.db-wal"] {
            let bytes = (try? Data(contentsOf: URL(fileURLWithPath: directory.file(file)))) ?? Data()
            #expect(bytes.range(of: Data(canary.utf8)) == nil, "\(file)")
        }
    }

    /// A core that root requests of the running process. The core of an unprotected program has the secret.
    @Test(.enabled(if: Executables.installed("gcore") != nil && getuid() == 0))
    func areInNoRequestedCore() throws {
        let receiver = HTTPStub { _ in .reply(500) }
        let stage = try stage(receiver)
        let unprotected = try ChildProcess("/bin/sleep", ["60"], environment: ["SECRET": canary])
        #expect(try core(of: unprotected)?.range(of: Data(canary.utf8)) != nil)
        #expect(try core(of: stage.process)?.range(of: Data(canary.utf8)) == nil)
    }

    private func core(of process: ChildProcess) throws -> Data? {
        let gcore = try ChildProcess(
            Executables.installed("gcore")!, ["-o", directory.file("core"), String(process.pid)])
        try gcore.wait()
        return try? Data(
            contentsOf: URL(fileURLWithPath: directory.file("core.\(process.pid)")), options: .alwaysMapped)
    }

    @Test func areInNoCoreOfACrash() throws {
        let secret = try directory.write("https://127.0.0.1:9/\(canary)\n", to: "secret")
        let line = #"{"name":"ada","settings":[{"channel":"webhook","target":"\#(secret)"}]}"#
        let subscribers = try directory.write(line + "\n", to: "subscribers")
        let stage = try ChildProcess(
            "/bin/sh",
            [
                "-c", #"cd "$0" && ulimit -c unlimited && exec "$@""#, directory.path,
                Executables.path("pm-alert"), "--subscribers", subscribers, "--live", "127.0.0.1:0",
            ], environment: ["SWIFT_BACKTRACE": "enable=no"], input: .pipe)
        #expect(eventually { stage.errors.contains("live page") })
        try stage.write(TradeLine.make().line)
        #expect(eventually { stage.errors.contains("webhook") })
        stage.kill(SIGABRT)
        #expect(try stage.wait() == .signal(SIGABRT))
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(!files.contains { $0.hasPrefix("core") }, "\(files)")
    }
}
