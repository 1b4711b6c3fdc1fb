import Glibc
import PMPipe
import TestSupport
import Testing

struct LineWriterTests {
    @Test func writesNothingBeforeItIsFlushed() throws {
        let pipe = Pipe()
        var writer = LineWriter(descriptor: pipe.writeEnd)
        writer.append("a".utf8)
        writer.append([UInt8(ascii: "b")].span)
        #expect(writer.count == 4 && pipe.waiting == 0)
        try writer.flush()
        #expect(writer.count == 0 && pipe.read() == "a\nb\n")
    }

    /// A full pipe that is not read: what fits is written, the rest is kept, and the call does not block.
    @Test func flushWithoutWaitingWritesOnlyWhatFits() throws {
        let pipe = Pipe()
        var writer = LineWriter(descriptor: pipe.writeEnd)
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 999)
        for _ in 0..<200 { writer.append(line.span) }
        let start = ContinuousClock.now
        try writer.flushWithoutWaiting()
        try writer.flushWithoutWaiting()
        #expect(start.duration(to: .now) < .seconds(10))
        #expect(pipe.waiting > 60_000 && writer.count + pipe.waiting == 200_000)
        var received = 0
        while writer.count > 0 || pipe.waiting > 0 {
            let piece = pipe.read()
            received += piece.utf8.count
            try writer.flushWithoutWaiting()
        }
        #expect(received == 200_000)
    }

    @Test(arguments: [true, false])
    func aClosedReaderIsNoFailure(waits: Bool) {
        let pipe = Pipe()
        pipe.closeReadEnd()
        let error = #expect(throws: StageError.self) {
            var writer = LineWriter(descriptor: pipe.writeEnd)
            writer.append("a".utf8)
            if waits { try writer.flush() } else { try writer.flushWithoutWaiting() }
        }
        #expect(error == .downstreamClosed)
        #expect(error?.status == .ok && error?.message == nil)
    }

    @Test func aFullDiskIsAnError() {
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        let error = #expect(throws: StageError.self) {
            var writer = LineWriter(descriptor: full, name: "the ledger")
            writer.append("a".utf8)
            try writer.flush()
        }
        #expect(
            error
                == StageError(
                    .inputOutput, "unable to write the ledger: No space left on device", isForLackOfRoom: true
                ))
    }

    /// All bytes arrive in order through a pipe that holds far fewer, blocking or not.
    @Test(arguments: [true, false])
    func aSlowReaderGetsEverything(isNonBlocking: Bool) throws {
        let pipe = Pipe()
        if isNonBlocking { _ = fcntl(pipe.writeEnd, F_SETFL, O_NONBLOCK) }
        let count = 50_000
        let output = dup(pipe.writeEnd)
        pipe.closeWriteEnd()
        let worker = Worker {
            var writer = LineWriter(descriptor: output)
            for number in 0..<count { writer.append("line \(number)".utf8) }
            try? writer.flush()
            close(output)
        }
        var reader = LineReader(descriptor: pipe.readEnd)
        var next = 0
        while try reader.wait() != .end {
            reader.forEachLine { line, _ in
                if text(line) == "line \(next)" { next += 1 }
            }
        }
        worker.join()
        #expect(next == count)
    }
}
