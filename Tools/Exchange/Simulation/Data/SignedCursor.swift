import Crypto
import PMJSON

/// A cursor of the Data API, version 2: the state of a walk, bound to its route and signed, as opaque text.
///
/// Base 64 without padding of `{"data":{"type":…,"params":{…}},"sig":…}`.
struct SignedCursor {
    let type: String
    /// Names and JSON values, in order.
    var parameters: [(name: String, value: JSON)]

    init(_ type: String, _ parameters: [(name: String, value: JSON)]) {
        self.type = type
        self.parameters = parameters
    }

    /// - Throws: `invalid cursor` for text that this service did not sign, or that belongs to another route.
    init(_ text: String, type: String) throws(DataError) {
        let padded = text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard let bytes = base64Decoded(padded), bytes.count > Self.frameLength else { throw .cursor }
        let signed = bytes[Self.prefix.count..<bytes.count - Self.frameLength + Self.prefix.count]
        guard bytes == Self.sealed(Array(signed)), let data = try? JSON(Array(signed)),
            data["type"]?.string == type, case .object(let members)? = data["params"]
        else { throw .cursor }
        self.type = type
        parameters = members.map { ($0.key, $0.value) }
    }

    subscript(name: String) -> JSON? { parameters.first { $0.name == name }?.value }

    func int(_ name: String) -> Int? { self[name]?.integer }

    var text: String {
        var data = JSONWriter()
        data.object {
            $0.field("type", type)
            $0.key("params")
            $0.object { object in
                for (name, value) in parameters {
                    switch value {
                    case .string(let text): object.field(name, text)
                    case .number(let digits): object.field(name, digits: digits)
                    default: object.null(name)
                    }
                }
            }
        }
        return String(base64(Self.sealed(data.bytes)).prefix { $0 != "=" })
    }

    private static let prefix = Array(#"{"data":"#.utf8)
    /// Bytes around the signed part.
    private static let frameLength = prefix.count + #","sig":""}"#.utf8.count + 32

    private static func sealed(_ data: [UInt8]) -> [UInt8] {
        let signature = hmacSHA256(key: Array("pm-exchange".utf8), message: data).hexadecimal.prefix(32)
        return prefix + data + Array(#","sig":"\#(signature)"}"#.utf8)
    }
}

extension JSON {
    static func number(_ value: Int) -> JSON { .number(String(value)) }
}
