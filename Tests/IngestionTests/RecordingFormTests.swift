import TestSupport
import Testing

/// The layouts in which people keep recordings.
@Suite(.serialized) struct RecordingFormTests {
    private static let rows = (1...5).map { Messages.row(transaction: Messages.hash($0)) }
    private static let longRows = (1...3000).map {
        Messages.row(
            transaction: Messages.hash($0), more: #","note":"\#(String(repeating: "]}\\\"", count: 25))""#)
    }

    /// The five rows in each layout.
    private static let layouts: [String] = {
        let lines = rows.joined(separator: "\n")
        let list = rows.joined(separator: ",\n")
        let pretty = rows.map { $0.replacing(",", with: ",\n  ").replacing("{", with: "{\n") }
        let frames = (3...5).map { Messages.activity($0) }.joined(separator: ",\n")
        let more = "{\n \"more\": {\"data\": [1]},\n \"data\": [\n"
        let next = "\n],\n\"next\": [{\"a\": {\"b\": []}}, 1]}\n"
        var layouts = [lines, rows.joined(), "[" + rows.joined(separator: ",") + "]"]
        layouts.append("[\n" + list + "\n]\n")
        layouts.append("\u{FEFF}[\n" + rows.joined(separator: "\n,") + "]")
        layouts.append(pretty.joined(separator: "\n"))
        layouts.append("{\"data\":[" + rows.joined(separator: ",") + "],\"next\":\"x\"}")
        layouts.append(more + list + next)
        layouts.append(Messages.activity(1) + Messages.activity(2) + "\n[" + frames + "]")
        return layouts
    }()

    @Test("Each layout gives every trade once", arguments: layouts)
    func isRead(_ text: String) throws {
        let (lines, status, errors) = try Ingest.replay(text)
        #expect(status == .status(0) && errors.isEmpty)
        #expect(Set(lines.compactMap { $0["tx_hash"] as? String }) == Set((1...5).map(Messages.hash)))
        #expect(lines.count == 5)
    }

    @Test(
        "A value of more than 1 MiB is read element by element",
        arguments: [("[", "]"), ("{\"data\":[", "]}")])
    func isReadInParts(_ open: String, _ close: String) throws {
        let text = open + Self.longRows.joined(separator: ",\n") + close
        #expect(text.utf8.count > 1 << 20)
        let (lines, status, errors) = try Ingest.replay(text)
        #expect(status == .status(0) && errors.isEmpty)
        #expect(lines.count == 3000)
    }

    @Test func damageCostsItsOwnLineOnly() throws {
        let long = "[" + String(repeating: "1", count: 3 << 20) + "," + Self.rows[4] + "]"
        var parts = ["[", Self.rows[0] + ",", "nonsense,", Self.rows[1], "]", "{", Self.rows[2]]
        parts += ["{\"a\":", Messages.activity(4), long]
        let text = parts.joined(separator: "\n")
        let folder = try TemporaryDirectory()
        let (lines, status, _) = try Ingest.replay(text, "--rejects", folder.file("rejects"))
        #expect(status == .status(0))
        #expect(lines.compactMap { $0["tx_hash"] as? String } == [1, 2, 3, 4, 5].map(Messages.hash))
        let rejects = try folder.read("rejects").split(separator: "\n").map { parsed($0.utf8) }
        #expect(rejects.compactMap { $0["line"] as? Int } == [3, 6, 8, 10])
    }

    @Test(
        "Copies are twins inside one answer, and repetitions across answers",
        arguments: [
            ([[0, 1, 2], [1, 2, 3], [2, 3, 4]], 5), ([[0, 0, 1], [0, 0, 1], [0, 1]], 3), ([[0], [0]], 1),
        ])
    func polls(_ answers: [[Int]], trades: Int) throws {
        for (open, close, newline) in [("[", "]", ""), (#"{"data":["#, "]}", ""), ("[", "]", "\n")] {
            let text = answers.map { answer in
                open + newline + answer.map { Self.rows[$0] }.joined(separator: "," + newline) + newline
                    + close
            }.joined(separator: "\n")
            #expect(try Ingest.replay(text).lines.count == trades, "\(text.prefix(12))")
        }
    }

    @Test(arguments: ["nonsense", #"{"a":1}"#, "a,b,c\n1,2,3\n", #"{"data":[1,2]}"#])
    func aRecordingOfWhichNothingCanBeReadFailsWithOneMessage(_ text: String) throws {
        let (lines, status, errors) = try Ingest.replay(text)
        #expect(lines.isEmpty && status == .status(65))
        #expect(errors.split(separator: "\n").count { $0.contains("fatal: ") } == 1)
        #expect(errors.contains("nothing in standard input can be read: --replay reads frames"))
    }

    @Test(arguments: ["", "\n\n", "[]", #"{"data":null}"#, "PONG"])
    func anEmptyRecordingIsNoError(_ text: String) throws {
        let (lines, status, errors) = try Ingest.replay(text)
        #expect(lines.isEmpty && status == .status(0) && errors.isEmpty)
    }
}
