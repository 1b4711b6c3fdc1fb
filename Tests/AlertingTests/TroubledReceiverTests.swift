import Foundation
import TestSupport
import Testing

/// Receivers with faults other than an error status.
struct TroubledReceiverTests {
    private let directory = try! TemporaryDirectory()

    /// A certificate may be renewed, and our own clock may be wrong.
    @Test(arguments: [CertificateAuthority.Certificate.expired, .selfSigned])
    func anUntrustedReceiverIsRetried(certificate: CertificateAuthority.Certificate) throws {
        let authority = try CertificateAuthority()
        let (chain, key) = try authority.make(certificate)
        let server = try ChildProcess(
            "/usr/bin/openssl",
            ["s_server", "-www", "-accept", "127.0.0.1:0", "-cert", chain, "-key", key], input: .pipe,
            output: .pipe)
        defer { server.kill(SIGKILL) }
        var line = ""
        repeat { line = try server.line() ?? "ACCEPT 0" } while !line.hasPrefix("ACCEPT")
        let port = line.split(separator: ":").last!.filter(\.isNumber)
        try AlertProcess.subscribe(
            "ada", to: "https://localhost:\(port)/", as: "--webhook-file", in: directory)
        let stage = try AlertProcess(
            ["--retry-pause", "10ms", "--retry-limit", "50ms", "--drain", "100ms"], in: directory)
        try stage.process.write(TradeLine.make().line)
        #expect(
            eventually { stage.process.errors.matches(of: /certificate/).count >= 2 },
            "\(stage.process.errors)")
        #expect(try stage.finish() == .status(0))
        #expect(stage.alerts.map(\.outcome) == ["pending"])
    }

    @Test func aReceiverWithATooLongAnswerHasAcceptedTheAlert() throws {
        let receiver = HTTPStub { _ in .reply(200, body: String(repeating: "thanks ", count: 20_000)) }
        try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
        let stage = try AlertProcess(in: directory)
        try stage.process.write(TradeLine.make().line)
        #expect(try stage.finish() == .status(0))
        #expect(stage.alerts.map(\.outcome) == ["delivered"])
        #expect(receiver.requests.count == 1)
    }

    /// Such a program closes the pipe that announces its end, too.
    @Test func aProgramThatClosesItsDescriptorsCostsNoProcessorTime() throws {
        let script = try directory.write(
            "#!/bin/bash\nfor fd in /proc/self/fd/*; do n=${fd##*/}; eval \"exec $n>&-\"; done 2>/dev/null\nsleep 2\n",
            to: "program.sh")
        chmod(script, 0o755)
        try AlertProcess.run("subscribe", ["--name", "ada", "--command", script], in: directory)
        let stage = try AlertProcess(in: directory)
        try stage.process.write(TradeLine.make().line)
        #expect(eventually { stage.alerts.first?.outcome == "delivered" })
        let spent = try processorTime(stage.process.pid)
        #expect(spent < 100, "hundredths of a second, of the two seconds that the program ran")
        #expect(try stage.finish() == .status(0))
    }

    /// Returns hundredths of a second. Source: proc(5), `/proc/pid/stat`, fields 14 and 15.
    private func processorTime(_ pid: pid_t) throws -> Int {
        let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        let fields = stat[stat.lastIndex(of: ")")!...].split(separator: " ")
        return Int(fields[12])! + Int(fields[13])!
    }
}
