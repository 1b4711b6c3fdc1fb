import Glibc
import PMJSON
import TestSupport
import Testing

/// A full disk under the outbox, and under standard output: a small file system, which only root can mount.
@Suite(.enabled(if: geteuid() == 0, "only root can mount a file system"))
struct FullDiskTests {
    private let directory = try! TemporaryDirectory()

    /// Runs `body` with a small file system at the directory's `disk`.
    private func withSmallDisk(_ body: (_ disk: String) throws -> Void) throws {
        let disk = directory.file("disk")
        mkdir(disk, 0o700)
        try #require(mount("tmpfs", disk, "tmpfs", 0, "size=64k") == 0)
        defer { umount2(disk, CInt(MNT_DETACH)) }
        try body(disk)
    }

    private func fill(_ disk: String) throws {
        let shell = try ChildProcess(
            "/bin/bash", ["-c", "cat /dev/zero > \(disk)/ballast 2>/dev/null; true"])
        try shell.wait()
    }

    /// A figure of the stage's status file.
    private func status(_ key: String) -> Int? {
        (try? directory.read("status/pm-alert.json")).flatMap { try? JSON($0) }?[key]?.integer
    }

    private func trade(_ number: Int) -> String {
        TradeLine.make {
            $0.id = "\(number)"
            $0.transaction = "0x\(number)"
        }.line
    }

    @Test(arguments: [false, true])
    func alertsWaitWhileTheOutboxsDiskIsFull(isFullAtTheStart: Bool) throws {
        try withSmallDisk { disk in
            let receiver = HTTPStub()
            try AlertProcess.subscribe("ada", to: receiver.url("/"), as: "--webhook-file", in: directory)
            if isFullAtTheStart {
                let first = try AlertProcess(["--ledger", "\(disk)/ledger"], in: directory)
                try first.process.write(trade(100))
                #expect(try first.finish() == .status(0))
                try fill(disk)
            }
            let before = receiver.requests.count
            let stage = try AlertProcess(
                ["--ledger", "\(disk)/ledger", "--status-dir", directory.file("status")], in: directory)
            #expect(eventually { stage.process.errors.contains("subscribers: 1") })
            try fill(disk)
            for number in 1...40 { try stage.process.write(trade(number)) }
            #expect(eventually { stage.process.errors.contains("No space left on device") })
            #expect(eventually { status("lines_in") == 40 && status("queue_depth") ?? 0 > 0 })
            #expect(receiver.requests.count < before + 40)
            unlink("\(disk)/ballast")
            #expect(eventually { receiver.requests.count == before + 40 })
            #expect(try stage.finish() == .status(0))
            #expect(stage.process.errors.matches(of: /No space left/).count == 1, "logged once")
            // Every alert is in the outbox, so none is delivered again.
            let next = try AlertProcess(["--ledger", "\(disk)/ledger"], in: directory)
            for number in 1...40 { try next.process.write(trade(number)) }
            #expect(try next.finish() == .status(0))
            #expect(receiver.requests.count == before + 40)
        }
    }

    @Test func recordsWaitWhileStandardOutputsDiskIsFull() throws {
        try withSmallDisk { disk in
            try fill(disk)
            let stage = try ChildProcess(
                "/bin/bash",
                [
                    "-c", #"exec "$0" "$@" >> "# + "\(disk)/alerts",
                    Executables.path("pm-alert"), "--database", AlertProcess.database(directory), "--burst",
                    "0s",
                ], input: .pipe)
            for number in 1...5 { try stage.write(trade(number)) }
            #expect(eventually { stage.errors.contains("No space left on device") })
            unlink("\(disk)/ballast")
            #expect(
                eventually { (try? directory.read("disk/alerts"))?.split(separator: "\n").count == 5 })
            stage.closeInput()
            #expect(try stage.wait() == .status(0))
        }
    }
}
