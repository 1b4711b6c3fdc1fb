import Foundation
import Glibc
import PMFlow
import TestSupport
import Testing

/// Random faults of the simulated exchange: in the end, exactly the trades that happened there have been emitted.
struct FaultScriptTests {
    @Test(arguments: LongRun.seed..<LongRun.seed + UInt64(LongRun.rounds(sample: 3)))
    func exactlyTheTradesThatHappenedAreEmitted(seed: UInt64) throws {
        var script = FaultScript(seed: seed)
        let run = try FaultyRun(
            script.scenario(),
            ["--connections", "\(script.connections)", "--rotate", "\(script.rotation)", "--handover", "1s"])
        if let moment = script.kill {
            usleep(UInt32(moment / .microseconds(1)))  // a random time is the subject
            try run.killAndRestart()
        }
        _ = eventually(every: .milliseconds(100)) { run.exchange.isFinished }
        try run.expectTruth("seed \(seed)")
    }
}

/// The faults of one run, drawn from a seed.
private struct FaultScript {
    private var dice: SplitMix64
    let connections: Int
    let rotation: String
    let kill: Duration?

    init(seed: UInt64) {
        dice = SplitMix64(seed: seed)
        connections = Int.random(in: 1...2, using: &dice)
        rotation = ["1s", "3s", "10m"].randomElement(using: &dice)!
        kill =
            Int.random(in: 0..<3, using: &dice) == 0
            ? .milliseconds(Int.random(in: 300...4000, using: &dice)) : nil
    }

    mutating func scenario() -> String {
        let faults = (0..<Int.random(in: 1...5, using: &dice)).map { _ in fault() }.joined(separator: ",")
        let rate = [20, 100, 400].randomElement(using: &dice)!
        let lag = [0, 200, 2000].randomElement(using: &dice)!
        let seed = UInt32.random(in: 0...UInt32.max, using: &dice)
        return
            #"{"seed":\#(seed),"rate":\#(rate),"duration_ms":6000,"rest_lag_ms":\#(lag),"faults":[\#(faults)]}"#
    }

    private mutating func fault() -> String {
        let after = Int.random(in: 0...300, using: &dice)
        let times = Int.random(in: 1...4, using: &dice)
        let pause = Int.random(in: 200...3000, using: &dice)
        let every = Int.random(in: 5...60, using: &dice)
        let from = Int.random(in: 0...3000, using: &dice)
        return [
            #"{"on":"rtds","do":"reset","after":\#(after),"times":\#(times)}"#,
            #"{"on":"rtds","do":"fin","after":\#(after),"times":\#(times)}"#,
            #"{"on":"rtds","do":"close","code":1008,"after":\#(after),"times":\#(times)}"#,
            #"{"on":"rtds","do":"close","code":1012,"after":\#(after),"times":\#(times)}"#,
            #"{"on":"rtds","do":"close","code":1013,"reason":"slow consumer: send buffer full","after":\#(after),"times":1}"#,
            #"{"on":"rtds","do":"close","code":1000,"times":\#(times)}"#,
            #"{"on":"rtds","do":"freeze","for_ms":\#(pause),"after":\#(after),"times":2}"#,
            #"{"on":"rtds","do":"half_open","for_ms":\#(pause),"after":\#(after),"times":1}"#,
            #"{"on":"rtds","do":"silence","type":"trades","from_ms":\#(from),"until_ms":\#(from + pause)}"#,
            #"{"on":"rtds","do":"silence","type":"orders_matched"}"#,
            #"{"on":"rtds","do":"silence","from_ms":\#(from),"until_ms":\#(from + pause)}"#,
            #"{"on":"rtds","do":"bad_utf8","after":\#(after),"times":\#(times)}"#,
            #"{"on":"rtds","do":"giant","bytes":67108864,"after":\#(after),"times":1}"#,
            #"{"on":"rtds","do":"fragment","pieces":3,"every":\#(every)}"#,
            #"{"on":"rtds","do":"fragment","after":\#(after),"times":3}"#,
            #"{"on":"rtds","do":"ping","every":\#(every)}"#,
            #"{"on":"rtds","do":"array","count":4,"every":\#(every)}"#,
            #"{"on":"rtds","do":"duplicate","every":\#(every)}"#,
            #"{"on":"rtds","do":"reorder","every":\#(every)}"#,
            #"{"on":"rtds","do":"empty","every":\#(every)}"#,
            #"{"on":"rtds","do":"malformed","every":\#(every)}"#,
            #"{"on":"rtds","do":"drip","bytes":40,"pause_ms":2,"every":\#(every)}"#,
            #"{"on":"rtds","do":"unknown","every":\#(every)}"#,
            #"{"on":"rtds","do":"refuse","status":429,"retry_after":1,"body":"html","times":\#(times)}"#,
            #"{"on":"rtds","do":"refuse","status":503,"times":\#(times)}"#,
            #"{"on":"data","do":"status","status":503,"times":\#(times)}"#,
            #"{"on":"data","do":"truncate","times":\#(times)}"#,
            #"{"on":"data","do":"html","times":\#(times)}"#,
        ].randomElement(using: &dice)!
    }
}
