import Curl
import Foundation
import TestSupport
import Testing

/// A wait for descriptors and requests together.
struct ReadinessTests {
    let client = HTTPClient()
    let (readEnd, writeEnd): (CInt, CInt)

    init() {
        var ends: [CInt] = [0, 0]
        precondition(pipe(&ends) == 0)
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    @Test func anEmptyPipeIsNotReadableAndAFreshOneIsWritable() {
        let ready = client.wait(
            upTo: .milliseconds(50), for: [.init(readEnd, .readable), .init(writeEnd, .writable)])
        #expect(ready == [[], .writable])
    }

    @Test func inputIsReadable() {
        write(writeEnd, "x", 1)
        #expect(client.wait(upTo: .seconds(60), for: [.init(readEnd, .readable)]) == [.readable])
    }

    @Test func theEndOfInputIsReadable() {
        close(writeEnd)
        #expect(client.wait(upTo: .seconds(60), for: [.init(readEnd, .readable)]) == [.readable])
    }

    @Test func aClosedReaderIsWritable() {
        close(readEnd)
        #expect(client.wait(upTo: .seconds(60), for: [.init(writeEnd, .writable)]) == [.writable])
    }

    @Test func aFullPipeIsNotWritable() {
        _ = fcntl(writeEnd, F_SETFL, O_NONBLOCK)
        while write(writeEnd, "x", 1) == 1 {}
        #expect(client.wait(upTo: .milliseconds(50), for: [.init(writeEnd, .writable)]) == [[]])
    }

    @Test(arguments: [#filePath, "/dev/null"])
    func aFileIsAlwaysReadable(path: String) {
        let file = open(path, O_RDONLY)
        defer { close(file) }
        #expect(client.wait(upTo: .seconds(60), for: [.init(file, .readable)]) == [.readable])
    }

    @Test func oneLoopHandlesInputAndResponses() throws {
        // Responses arrive later than the next input, which is written when the server has the last request.
        let server = HTTPStub { [.pause(.milliseconds(30)), .reply(200, $0.target)] }
        defer { server.stop() }
        Thread.detachNewThread { [writeEnd] in
            for number in 0..<10 {
                _ = eventually { server.requests.count == number }
                write(writeEnd, "x", 1)
            }
            close(writeEnd)
        }

        var (started, answered, waits, atEnd) = (0, 0, 0, false)
        while !atEnd || answered < started {
            answered += client.finished().count
            let ready = client.wait(upTo: .seconds(60), for: atEnd ? [] : [.init(readEnd, .readable)])
            waits += 1
            guard ready.first == .readable else { continue }
            var byte: UInt8 = 0
            if read(readEnd, &byte, 1) == 1 {
                started += 1
                _ = client.start(patientRequest(.get, server.url("/\(started)")))
            } else {
                atEnd = true
            }
        }
        #expect(started == 10 && answered == 10)
        #expect(waits < 500, "the loop spins")
    }
}
