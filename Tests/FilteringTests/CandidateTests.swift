import Filtering
import PMPipe
import PMRecord
import Testing

/// Small trades that pm-enrich adds up.
struct CandidateTests {
    @Test(arguments: [
        (#""price":0.5,"size":1798"#, #","candidate":true"#),
        (#""price":0.5,"size":200"#, #","candidate":true"#),
        (#""price":0.5,"size":199.9"#, nil), (#""price":0.5,"size":2000"#, ""),
        (#""price":0.98,"size":1000"#, nil),
        (#""price":0.5,"size":1798,"tier":"WHALE""#, #","candidate":true"#),
    ])
    func aTradeBelowTheThresholdIsMarked(_ numbers: String, _ mark: String?) {
        let line = #"{"kind":"trade","asset_id":"1",\#(numbers)}"#
        let thresholds = Thresholds(minValue: 1000, leastCandidate: 100)
        let output = run(line, thresholds).output
        let expected = mark.map {
            String(line.replacing(#","tier":"WHALE""#, with: "").dropLast()) + $0 + "}"
        }
        #expect(output == expected)
    }

    @Test func withoutTheOptionNothingIsMarked() {
        #expect(run(#"{"kind":"trade","asset_id":"1","price":0.5,"size":1798}"#).fate == "below_min_value")
    }
}
