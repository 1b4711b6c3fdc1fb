import LivePage
import PMRecord
import Testing

/// The figures of the health report: lag and display latency.
struct FigureTests {
    private let start = Timestamp(milliseconds: 1_800_000_000_000)

    private func trade(_ via: String = "live", revision: Int = 0) throws -> Record {
        try Record(
            Array(#"{"kind":"trade","via":"\#(via)","received_at":"\#(start)","revision":\#(revision)}"#.utf8)
        )
    }

    @Test func lagIsTheTimeSinceTheHeadWasAtTheSameMark() {
        var lags = LagTracker()
        #expect(lags.lag(at: 3, start) == .zero)
        for (second, mark) in [(0, 10), (1, 20), (2, 20), (3, 30)] {
            lags.headReached(mark, at: start.advanced(by: .seconds(second)))
        }
        let now = start.advanced(by: .seconds(4))
        #expect(lags.lag(at: 30, now) == .zero)
        #expect(lags.lag(at: 20, now) == .seconds(1))
        #expect(lags.lag(at: 15, now) == .seconds(3))
        #expect(lags.lag(at: 0, now) == .seconds(4))
        // A clock that steps back is no lag.
        #expect(lags.lag(at: 0, start.advanced(by: .seconds(-5))) == .zero)
    }

    @Test func latencyIsMeasuredForTheFirstRevisionOfLiveTrades() throws {
        var latency = DisplayLatency()
        latency.add(try trade("replay"), at: start)
        latency.add(try trade(revision: 1), at: start)
        #expect(latency.quantiles.isEmpty)
        for milliseconds in 1...100 {
            latency.add(try trade(), at: start.advanced(by: .milliseconds(Int64(milliseconds))))
        }
        #expect(latency.quantiles.map(\.name) == ["0.5", "0.99"])
        #expect(latency.quantiles.map(\.delay) == [.milliseconds(50), .milliseconds(99)])
    }

    @Test func latencyCoversTheLast500Trades() throws {
        var latency = DisplayLatency()
        for _ in 0..<600 { latency.add(try trade(), at: start.advanced(by: .seconds(9))) }
        for _ in 0..<500 { latency.add(try trade(), at: start.advanced(by: .seconds(1))) }
        #expect(latency.quantiles.map(\.delay) == [.seconds(1), .seconds(1)])
    }
}
