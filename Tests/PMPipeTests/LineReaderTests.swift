import Glibc
import PMPipe
import TestSupport
import Testing

struct LineReaderTests {
    @Test(
        arguments: [
            ([], []), (["\n\n"], []), (["a\n"], ["a"]), (["a\nb\n"], ["a", "b"]), (["a"], ["a"]),
            (["a\nb"], ["a", "b"]),
            (["a", "b", "c\nd", "\n", "e"], ["abc", "d", "e"]), (["\n", "\na\n\n\nb\n\n"], ["a", "b"]),
            (["a\r\n"], ["a\r"]), (["a\0b\n"], ["a\0b"]),
        ])
    func passesCompleteLines(_ pieces: [String], _ expected: [String]) throws {
        let pipe = Pipe()
        var reader = LineReader(descriptor: pipe.readEnd)
        var lines: [String] = []
        for piece in pieces {
            pipe.write(piece)
            #expect(try reader.wait(upTo: .seconds(60)) == .input)
            reader.forEachLine { line, _ in lines.append(text(line)) }
        }
        pipe.closeWriteEnd()
        #expect(try reader.wait() == .end)
        reader.forEachLine { line, _ in lines.append(text(line)) }
        #expect(lines == expected)
        #expect(try reader.wait(upTo: .zero) == .end)
    }

    @Test func numbersLinesAsAnEditorDoes() throws {
        let pipe = Pipe(holding: "\na\n\n\nlong long\nb")
        var reader = LineReader(descriptor: pipe.readEnd, longestLine: 5)
        var seen: [String] = []
        while true {
            let arrival = try reader.wait()
            reader.forEachNumberedLine { line, number, isTooLong in
                seen.append("\(number)\(isTooLong ? "!" : "")\(text(line))")
            }
            if arrival == .end { break }
        }
        #expect(seen == ["2a", "5!long long", "6b"])
    }

    @Test(arguments: [Duration.zero, .milliseconds(-5), .milliseconds(20)])
    func waitsNoLongerThanItsLimit(_ limit: Duration) throws {
        let pipe = Pipe()
        var reader = LineReader(descriptor: pipe.readEnd)
        let start = ContinuousClock.now
        #expect(try reader.wait(upTo: limit) == .nothing)
        #expect(start.duration(to: .now) >= limit && start.duration(to: .now) < .seconds(30))
    }

    /// A line over the limit is passed once, truncated, whether or not its end has arrived.
    @Test(arguments: [true, false], [0, 1, 100_000])
    func truncatesATooLongLine(endsWithANewline: Bool, excess: Int) throws {
        let directory = try TemporaryDirectory()
        let long = String(repeating: "x", count: (1 << 20) + excess)
        let path = try directory.write("a\n" + long + (endsWithANewline ? "\nb\n" : ""), to: "input")
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var reader = LineReader(descriptor: descriptor)
        var lines: [(length: Int, isTooLong: Bool)] = []
        while true {
            let arrival = try reader.wait()
            reader.forEachLine { line, isTooLong in lines.append((line.count, isTooLong)) }
            if arrival == .end { break }
        }
        let middle = excess == 0 ? (1 << 20, false) : (4096, true)
        let expected = [(1, false), middle] + (endsWithANewline ? [(1, false)] : [])
        #expect(lines.map(\.length) == expected.map(\.0))
        #expect(lines.map(\.isTooLong) == expected.map(\.1))
    }

    @Test func linesOfEveryLengthMaySpanReads() throws {
        let directory = try TemporaryDirectory()
        let expected = (0..<4000).map { String(repeating: "abcdefghij", count: $0 % 300) + "\($0)" }
        let descriptor = open(try directory.write(expected.joined(separator: "\n"), to: "input"), O_RDONLY)
        defer { close(descriptor) }
        var reader = LineReader(descriptor: descriptor)
        var lines: [String] = []
        while try reader.wait() != .end { reader.forEachLine { line, _ in lines.append(text(line)) } }
        reader.forEachLine { line, _ in lines.append(text(line)) }
        #expect(lines == expected)
    }

    @Test func namesTheUnreadableInput() {
        let error = #expect(throws: StageError.self) {
            var reader = LineReader(descriptor: -1, name: "the journal")
            _ = try reader.wait()
        }
        #expect(error == StageError(.inputOutput, "unable to read the journal: Bad file descriptor"))
    }
}

func text(_ line: Span<UInt8>) -> String {
    line.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
}
