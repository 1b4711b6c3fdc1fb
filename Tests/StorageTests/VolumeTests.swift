import DatabaseFixtures
import Glibc
import TestSupport
import Testing

/// Many rows, some of them bad and some repeated.
///
/// `PM_VOLUME_ROWS` sets the number of rows; the default is 20,000.
struct VolumeTests {
    static let rows = getenv("PM_VOLUME_ROWS").flatMap { Int(String(cString: $0)) } ?? 20_000

    @Test(arguments: Backend.available)
    func rejectsExactlyTheBadRows(_ backend: Backend) throws {
        let database = try TestDatabase(backend)
        let directory = try TemporaryDirectory()
        try database.makeStore().open()
        try database.rejectTrades(where: "price = 0.99")
        // one in ten thousand, and at least ten
        let every = max(Self.rows / max(Self.rows / 10_000, 10), 1)
        let input = try directory.write(lines(badEvery: every), to: "input")

        let child = try database.start(
            ["--quiet", "--rejects", directory.file("rejects")], input: .file(input))
        #expect(try child.wait(within: .seconds(1800)) == .status(0), "\(child.errors)")

        let bad = Self.rows / every
        #expect(try database.value("SELECT count(*) FROM trades") == String(Self.rows - bad))
        #expect(try database.value("SELECT count(*) FROM trades WHERE seq % \(every) = 0") == "0")
        let rejects = try directory.read("rejects").split(separator: "\n")
        #expect(rejects.count == bad)
        #expect(Set(rejects.compactMap(number)) == Set((1...bad).map { $0 * every }))
    }

    /// Returns trades of which every `interval`th is bad in one of four ways, and every twentieth is
    /// repeated.
    private func lines(badEvery interval: Int) -> String {
        var text = ""
        text.reserveCapacity(Self.rows * 330)
        for number in 1...Self.rows {
            let good = Line.trade("t\(number)").replacing(#""seq":1,"#, with: #""seq":\#(number),"#)
            guard number.isMultiple(of: interval) else {
                text += good + "\n"
                if number.isMultiple(of: 20) { text += good + "\n" }
                continue
            }
            switch number / interval % 4 {
            case 0: text += String(good.dropLast(9))
            case 1: text += good.replacing(#""price":0.5"#, with: #""price":1e99"#)
            case 2: text += good.replacing(#""price":0.5"#, with: #""price":0.99"#)
            default: text += good.replacing(#""id":"t"#, with: #""id":"\u0000t"#)
            }
            text += "\n"
        }
        return text
    }

    /// Returns the `seq` of a rejected line.
    private func number(in reject: Substring) -> Int? {
        guard let start = reject.firstRange(of: #"\"seq\":"#)?.upperBound else { return nil }
        return Int(reject[start...].prefix { $0.isNumber })
    }
}
