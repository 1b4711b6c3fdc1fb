import Glibc
import TestSupport
import Testing

struct ChildProcessTests {
    @Test(
        arguments: [
            ("exit 0", .status(0)),
            ("exit 65", .status(65)),
            ("kill -9 $$", .signal(SIGKILL)),
            ("kill -PIPE $$", .signal(SIGPIPE)),  // the default, though this process ignores it
        ] as [(String, ChildProcess.Exit)])
    func reportsItsExit(_ script: String, exit: ChildProcess.Exit) throws {
        #expect(try shell(script).wait() == exit)
    }

    @Test func separatesItsOutputs() throws {
        let child = try shell(
            "echo out; echo err >&2; echo $GREETING; echo ${HOME-gone}",
            environment: [
                "GREETING": "hello", "HOME": nil,
            ])
        try child.wait()
        #expect(child.output == "out\nhello\ngone\n")
        #expect(child.errors == "err\n")
    }

    @Test func largeInputAndOutputDoNotBlock() throws {
        let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 22)
        let child = try ChildProcess("/bin/cat", input: .bytes(bytes))
        try child.wait()
        #expect(child.outputBytes == bytes)
    }

    @Test func aChildMayIgnoreItsInput() throws {
        let child = try ChildProcess("/bin/true", input: .bytes([UInt8](repeating: 0, count: 1 << 20)))
        #expect(try child.wait() == .status(0))
    }

    @Test func readsAndWritesLineByLine() throws {
        let child = try ChildProcess("/bin/cat", input: .pipe, output: .pipe)
        try child.write("a\nb")
        #expect(try child.line() == "a")
        #expect(throws: TestFailure.self) { try child.line(within: .milliseconds(20)) }
        try child.write("c\nlast")
        #expect(try child.line() == "bc")
        child.closeInput()
        #expect(try child.line() == "last")
        #expect(try child.line() == nil)
        #expect(try child.wait() == .status(0))
    }

    @Test func aFileIsReadAsInput() throws {
        let directory = try TemporaryDirectory()
        let child = try ChildProcess("/bin/cat", input: .file(directory.write("in\n", to: "input")))
        try child.wait()
        #expect(child.output == "in\n")
    }

    @Test func inheritsNothingButItsThreeDescriptors() throws {
        let other = try ChildProcess("/bin/cat", input: .pipe, output: .pipe)
        let child = try ChildProcess("/bin/ls", ["/proc/self/fd"])
        try child.wait()
        #expect(child.output == "0\n1\n2\n3\n", "the last is that of the folder it reads")
        #expect(other.isRunning)
    }

    @Test func aWaitTimesOutAndTheChildIsKilled() throws {
        var child: ChildProcess? = try ChildProcess("/bin/sleep", ["60"])
        let pid = child!.pid
        #expect(throws: TestFailure.self) { try child!.wait(within: .milliseconds(20)) }
        child = nil
        #expect(kill(pid, 0) != 0)
    }

    @Test func aMissingExecutableIsReported() {
        #expect(throws: TestFailure.self) { try ChildProcess("/nowhere") }
    }
}

struct PipelineTests {
    @Test func connectsByRealPipes() throws {
        let line = try Pipeline(
            [.init("/bin/cat"), .init("/usr/bin/tr", ["a-z", "A-Z"]), .init("/usr/bin/sort", ["-r"])],
            input: .text("a\nb\nc\n"))
        #expect(try line.wait() == [.status(0), .status(0), .status(0)])
        #expect(line.output == "C\nB\nA\n")
    }

    @Test func reportsEachExitAndStderr() throws {
        let line = try Pipeline([
            .init("/bin/sh", ["-c", "echo one >&2; yes"]), .init("/bin/sh", ["-c", "cat; echo two >&2"]),
            .init("/bin/sh", ["-c", "head -n 1; exit 3"]),
        ])
        let exits = try line.wait()
        #expect(exits.last == .status(3))
        #expect(exits.first == .status(128 + SIGPIPE))
        #expect(line.errors.first == "one\n")
        #expect(line.output == "y\n")
    }

    @Test func writesToTheHeadAndReadsTheTail() throws {
        let line = try Pipeline([.init("/bin/cat"), .init("/bin/cat")], input: .pipe, output: .pipe)
        try line.head.write("through\n")
        #expect(try line.tail.line() == "through")
        line.head.closeInput()
        #expect(try line.tail.line() == nil)
        try line.wait()
    }
}

private func shell(_ script: String, environment: [String: String?] = [:]) throws -> ChildProcess {
    try ChildProcess("/bin/sh", ["-c", script], environment: environment)
}
