import Glibc
import PMJSON
import PMRecord
import PolymarketAPI

extension JSONWriter {
    /// One member, unless there is no value; a number with all its decimals.
    mutating func member(_ name: JSONKey, _ amount: Micros?) {
        member(name, raw: amount?.description.utf8)
    }

    /// One member, unless there is no value; a number rounded to so many decimals, without zeros at its end.
    mutating func member(_ name: JSONKey, number: Double?, decimals: Int) {
        guard let number, number.isFinite else { return }
        let scale = pow(10, Double(decimals))
        let steps = (number * scale).rounded()
        guard steps.magnitude < 1e15 else { return }
        member(name, Micros(count: Int64(steps) * Int64(pow(10, Double(6 - decimals)))))
    }

    mutating func member(_ name: JSONKey, _ texts: [String]) {
        key(name)
        array { list in
            for text in texts { list.string(text) }
        }
    }
}
