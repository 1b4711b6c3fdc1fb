import Glibc
import Ingestion
import PMPipe
import TestSupport
import Testing

struct OutputQueueTests {
    private let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1000)

    @Test func offeringNeverWaitsAndFailsBeyondTheBound() throws {
        let queue = OutputQueue(bound: 1 << 20)
        let pipe = try Pipe()
        // The other end is never read.
        _ = Worker { OutputWriter(of: queue, from: nil, to: LineWriter(descriptor: pipe.writeEnd)).run() }
        let taken = (0..<5000).count { _ in queue.offer(line) }
        #expect(taken >= (1 << 20) / 1000 && taken < 3000)
        #expect(queue.backlog <= 1 << 20)
        close(pipe.readEnd)
        #expect(queue.waitUntilDrained(within: patience))
        #expect(queue.failure == .downstreamClosed)
    }

    @Test func writesEverythingInOrderAndEnds() throws {
        let queue = OutputQueue()
        let pipe = try Pipe()
        for number in 0..<20_000 { #expect(queue.offer(Array("line \(number)".utf8))) }
        _ = Worker { OutputWriter(of: queue, from: nil, to: LineWriter(descriptor: pipe.writeEnd)).run() }
        #expect(!queue.waitUntilDrained(within: .milliseconds(20)), "it is not finished yet")
        queue.finish()
        var reader = LineReader(descriptor: pipe.readEnd)
        var next = 0
        while next < 20_000 {
            _ = try reader.wait(upTo: patience)
            reader.forEachLine { line, _ in
                let text = line.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
                if text == "line \(next)" { next += 1 } else { Issue.record("\(text) at \(next)") }
            }
        }
        #expect(queue.waitUntilDrained(within: patience))
        #expect(queue.backlog == 0 && queue.failure == nil)
    }
}

struct Pipe {
    let readEnd: CInt
    let writeEnd: CInt

    init() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        (readEnd, writeEnd) = (ends[0], ends[1])
    }
}
