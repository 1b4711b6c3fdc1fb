import Database
import DatabaseFixtures
import Testing

struct StorableLineTests {
    @Test(
        arguments: [
            ("nonsense", "not a JSON object at byte 0"),
            ("[1]", "not a JSON object at byte 0"),
            (#"{"kind":"trade","time":"2026-11-22T10:00:00Z"}"#, "id is missing"),
            (#"{"kind":"trade","id":"a"}"#, "time is missing"),
            (#"{"kind":"trade","id":"","time":"2026-11-22"}"#, "id is not text of 1 to 128 plain characters"),
            (#"{"kind":"trade","id":7,"time":"2026-11-22"}"#, "id is not text of 1 to 128 plain characters"),
            (Line.trade("a\\u0000"), "id is not text of 1 to 128 plain characters"),
            (Line.trade(String(repeating: "x", count: 129)), "id is not text of 1 to 128 plain characters"),
            (Line.trade("a", wallet: "é"), "wallet is not text of 1 to 128 plain characters"),
            (Line.trade("a", time: "yesterday"), "time is not a time by RFC 3339"),
            (Line.trade("a", time: "0000-01-01T00:00:00Z"), "time is not a time by RFC 3339"),
            (Line.trade("a", price: "1e31"), "price is not a number of at most 38 digits and 10^±30"),
            (Line.trade("a", price: "\"0.5\""), "price is not a number of at most 38 digits and 10^±30"),
            (
                Line.trade("a", size: String(repeating: "9", count: 39)),
                "size is not a number of at most 38 digits and 10^±30"
            ),
            (Line.trade("a", more: #","outcome_index":1.5"#), "outcome_index is not an integer of 64 bits"),
            (Line.trade("a", more: #","title":5"#), "key given twice at byte 273"),
            (Line.trade("a", more: #","name":5"#), "name is not text"),
            (Line.trade("a", time: "2026-02-30T00:00:00.000Z"), "time is not a time by RFC 3339"),
            (#"{"kind":"mark","stream":"s","seq":1}"#, "a mark needs stream, seq and time"),
            (
                #"{"kind":"mark","stream":"s","seq":9223372036854775808,"time":"2026-11-22"}"#,
                "seq is beyond 2^63"
            ),
        ] as [(String, String)])
    func reportsTheReason(_ line: String, _ reason: String) {
        var reported = ""
        do { _ = try StorableLine(Array(line.utf8), number: 1) } catch { reported = error.description }
        #expect(reported == reason)
    }

    @Test(arguments: [
        ("2026-11-22T10:00:00.125Z", "2026-11-22T10:00:00.125Z"),
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00.000Z"),
        ("2026-11-22T12:00:00.1259+02:00", "2026-11-22T10:00:00.125Z"),
        ("2026-11-30T23:59:59.999Z", "2026-11-30T23:59:59.999Z"),
        ("2026-11-22", "2026-11-22T00:00:00.000Z"),
    ])
    func timesAreStoredInOneForm(_ written: String, _ stored: String) throws {
        let database = try TestDatabase(.sqlite)
        try database.makeStore().save(Batch(lines: [Line.trade("a", time: written)]))
        #expect(try database.value("SELECT time FROM trades") == stored)
    }
}
