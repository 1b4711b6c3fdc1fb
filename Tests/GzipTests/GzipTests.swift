import Foundation
import Gzip
import Testing

struct GzipTests {
    static let samples: [String: [UInt8]] = [
        "nothing": [], "a byte": [7], "a line": Array("{\"kind\":\"trade\"}\n".utf8),
        "repetition": Array(repeatElement(Array("the same again and again\n".utf8), count: 20_000).joined()),
        "noise": (0..<200_000).map { _ in UInt8.random(in: 0...255) },
    ]

    @Test(arguments: samples.keys.sorted(), [1, 6, 9])
    func compressedDataIsRestored(_ sample: String, level: Int) throws {
        let data = Self.samples[sample]!
        #expect(try unpacked(packed(data, level: level)) == data)
    }

    @Test(arguments: [(1, 1), (1, 65_536), (3, 7), (65_536, 1), (1000, 1000)])
    func chunksMayHaveAnySize(input: Int, output: Int) throws {
        let data = Array(repeatElement(Array("0123456789abcdef".utf8), count: 500).joined())
        #expect(try unpacked(packed(data) + packed(data), chunks: input, room: output) == data + data)
    }

    @Test func everyTruncationIsDetected() throws {
        let whole = packed(Array("one line\nand another\n".utf8))
        for length in 0..<whole.count {
            #expect(throws: GzipError.truncated) { try unpacked(Array(whole[..<length]), chunks: 5) }
        }
    }

    @Test func aTruncatedSecondMemberIsDetected() throws {
        let member = packed(Array("member\n".utf8))
        for length in 1..<member.count {
            #expect(throws: GzipError.truncated) { try unpacked(member + member[..<length]) }
        }
    }

    @Test func noFlippedBitGivesOtherData() throws {
        let data = Array("one line\nand another\n".utf8)
        let whole = packed(data)
        for (index, bit) in whole.indices.flatMap({ index in (0..<8).map { (index, $0) } }) {
            var damaged = whole
            damaged[index] ^= 1 << bit
            // Some bits do not affect the data: the time, the system, the padding of the last byte.
            let result = try? unpacked(damaged)
            #expect(result == nil || result == data)
        }
    }

    @Test func severalMembersAreOneStream() throws {
        let members = packed([1, 2]) + packed([]) + packed([3])
        #expect(try unpacked(members) == [1, 2, 3])
    }

    @Test func onlyTrailingZerosArePadding() throws {
        let member = packed([1, 2, 3])
        #expect(try unpacked(member + [0, 0, 0]) == [1, 2, 3])
        #expect(throws: GzipError.corrupt("data after the padding")) { try unpacked(member + [0, 0, 9]) }
        #expect(throws: GzipError.corrupt("incorrect header check")) {
            try unpacked(member + Array("more".utf8))
        }
    }

    @Test(arguments: [("{\"kind\"", false), ("", false), ("\u{1F}", false)])
    func textIsNotGzip(start: String, expected: Bool) {
        let recognized = GzipReader.recognizes(Array(start.utf8).span)
        #expect(recognized == expected)
    }

    @Test func gzipIsRecognizedByItsMagic() {
        let recognized = GzipReader.recognizes(packed([]).span)
        #expect(recognized)
    }

    @Test func aFlushMakesAllInputReadable() throws {
        var writer = GzipWriter()
        var output: [UInt8] = []
        writer.write([1, 2, 3].span, into: &output)
        writer.flush(into: &output)
        var reader = GzipReader()
        var room = [UInt8](repeating: 0, count: 10)
        var span = room.mutableSpan
        let progress = try reader.inflate(output.span, into: &span)
        #expect((progress.consumed, progress.produced) == (output.count, 3))
        #expect(room.prefix(3) == [1, 2, 3])
        writer.finish(into: &output)
        #expect(try unpacked(output) == [1, 2, 3])
    }

    @Test func tooMuchOutputIsAnError() throws {
        let bomb = packed([UInt8](repeating: 0, count: 10_000_000))
        #expect(bomb.count < 20_000)
        #expect(throws: GzipError.tooLarge) { try GzipReader.unpack(bomb.span, atMost: 1_000_000) }
    }
}

/// Compatibility with the `gzip` command.
struct GzipCommandTests {
    @Test func readsOurOutput() throws {
        for data in GzipTests.samples.values {
            #expect(try gzip(["-dc"], fed: packed(data)) == data)
        }
    }

    @Test func itsOutputIsRead() throws {
        for data in GzipTests.samples.values {
            #expect(try unpacked(gzip(["-c"], fed: data)) == data)
        }
    }

    @Test func concatenatedFilesAreOneStream() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gzip-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["a", "b"].map { folder.appending(path: $0) }
        for file in files { try Data("\(file.lastPathComponent)\n".utf8).write(to: file) }
        #expect(try unpacked(gzip(["-c"] + files.map(\.path), fed: [])) == Array("a\nb\n".utf8))
    }

    private func gzip(_ arguments: [String], fed input: [UInt8]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "gzip-input-\(UUID())")
        try Data(input).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        // popen(3), because Foundation's Process sometimes hangs when several run at the same time.
        let command = (["gzip"] + arguments + ["<", file.path]).joined(separator: " ")
        let stream = try #require(popen(command, "re"))
        var (output, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { output += chunk[..<count] }
        #expect(pclose(stream) == 0)
        return output
    }
}

private func packed(_ data: [UInt8], level: Int = 6) -> [UInt8] {
    var writer = GzipWriter(level: level)
    var output: [UInt8] = []
    writer.write(data.span, into: &output)
    writer.finish(into: &output)
    return output
}

private func unpacked(_ data: [UInt8], chunks: Int = .max, room: Int = 1 << 16) throws(GzipError) -> [UInt8] {
    var reader = GzipReader()
    var (output, rest) = ([UInt8](), data[...])
    var buffer = [UInt8](repeating: 0, count: room)
    while true {
        let chunk = rest.prefix(chunks)
        var span = buffer.mutableSpan
        let progress = try reader.inflate(chunk.span, into: &span)
        output += buffer[..<progress.produced]
        rest = rest.dropFirst(progress.consumed)
        if rest.isEmpty, progress.produced < room { break }
    }
    try reader.finish()
    return output
}
