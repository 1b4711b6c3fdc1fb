import Exchange
import PMJSON
import TestSupport
import Testing

struct RecordingTests {
    private func recording(_ arguments: String...) throws -> [String] {
        let process = try ChildProcess(Executables.path("pm-exchange"), ["record"] + arguments)
        #expect(try process.wait() == .status(0))
        return process.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
            String.init)
    }

    @Test func theSameSeedGivesTheSameBytes() throws {
        let first = try recording("--seed", "7", "--trades", "300")
        #expect(try recording("--seed", "7", "--trades", "300") == first)
        #expect(try recording("--seed", "8", "--trades", "300") != first)
    }

    @Test func everyFormatHasTheSameTrades() throws {
        let rows = keys(try recording("--trades", "400", "--format", "rows"))
        #expect(rows.count == 400)
        let frames = try recording("--trades", "400", "--format", "rtds").map { try JSON($0) }
        #expect(
            frames.filter { $0["type"]?.string == "trades" }.compactMap { $0["payload"] }.map(key).sorted()
                == rows)
        let recorded = try recording("--trades", "400").map { try JSON($0) }
        #expect(recorded.allSatisfy { $0["kind"]?.string == "frame" && $0["received_at"] != nil })
        let inner = recorded.compactMap { try? JSON($0["frame"]!.string!) }
        #expect(
            inner.filter { $0["type"]?.string == "trades" }.compactMap { $0["payload"] }.map(key).sorted()
                == rows)
        #expect(recorded.contains { $0["frame"]?.string == "" })
    }

    @Test func ordersMatchedComesFirstAndOnlyForTakers() throws {
        let frames = try recording("--trades", "200", "--format", "rtds").map { try JSON($0) }
        var matched: Set<String> = []
        var both = 0
        for frame in frames {
            let key = key(frame["payload"]!)
            if frame["type"]?.string == "orders_matched" {
                matched.insert(key)
            } else if matched.contains(key) {
                both += 1
            }
        }
        #expect(both >= matched.count && matched.count > 40)
    }

    @Test func theMarketChannelIsRecordedToo() throws {
        let frames = try recording("--trades", "200", "--format", "market").map { try JSON($0) }
        #expect(frames.contains { $0.array != nil })
        #expect(
            frames.contains {
                $0["event_type"]?.string == "last_trade_price" && $0["transaction_hash"] != nil
            })
    }
}
