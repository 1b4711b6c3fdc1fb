import Glibc
import PMJSON
import PMRecord
import PolymarketAPI

extension JSONWriter {
    /// Writes a member with all decimals, unless the value is `nil`.
    mutating func member(_ name: JSONKey, _ amount: Micros?) {
        member(name, raw: amount?.description.utf8)
    }

    /// Writes a member rounded to `decimals`, without trailing zeros, unless the value is `nil`.
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
