import CLibpq

/// The number by which the server knows a type.
///
/// Source: PostgreSQL, `pg_type.dat`; these never change.
package struct ObjectID: RawRepresentable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The server infers the type from where the parameter stands.
    package static let inferred = ObjectID(rawValue: 0)
    package static let bytea = ObjectID(rawValue: 17)
    package static let int8 = ObjectID(rawValue: 20)
    package static let text = ObjectID(rawValue: 25)
    package static let json = ObjectID(rawValue: 114)
    package static let textArray = ObjectID(rawValue: 1009)
    package static let numeric = ObjectID(rawValue: 1700)
}

/// A value that travels beside the SQL, never inside it.
package enum Parameter: Sendable, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    case null
    /// As a person would write it; must hold no NUL, which PostgreSQL has no way to store.
    case text(String, as: ObjectID = .inferred)
    /// In the type's binary format, of this length and uncopied. The binary formats of `text`, `json` and
    /// `bytea` are the bytes themselves.
    case bytes([UInt8], as: ObjectID = .inferred)

    package init(stringLiteral value: String) { self = .text(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(_ value: String?) { self = value.map { .text($0) } ?? .null }
    package init(_ value: some BinaryInteger) { self = .text(String(value)) }
}

/// Parameters as `PQexecParams` wants them: four arrays of one length.
struct ParameterArrays {
    private(set) var types: [Oid] = []
    private(set) var values: [UnsafePointer<CChar>?]
    private(set) var lengths: [CInt] = []
    private(set) var formats: [CInt] = []

    /// Lends the arrays to `body`; the pointers end with it.
    static func lend<Result>(
        _ parameters: [Parameter], to body: (ParameterArrays) -> Result
    ) throws(PostgresError) -> Result {
        guard parameters.count <= 65_535 else {
            throw PostgresError(.other, "a statement takes at most 65535 parameters")
        }
        let texts = try Texts(of: parameters)
        return texts.bytes.withUnsafeBytes { base in
            var arrays = ParameterArrays(parameters, texts: texts, at: base)
            return arrays.pin(parameters[...], then: body)
        }
    }

    private init(_ parameters: [Parameter], texts: Texts, at base: UnsafeRawBufferPointer) {
        let start = base.baseAddress?.assumingMemoryBound(to: CChar.self)
        values = texts.offsets.map { offset in offset.flatMap { offset in start.map { $0 + offset } } }
        for parameter in parameters {
            switch parameter {
            case .null: add(.inferred, length: 0, format: 0)
            case .text(_, let type): add(type, length: 0, format: 0)  // libpq measures texts itself
            case .bytes(let bytes, let type): add(type, length: CInt(bytes.count), format: 1)
            }
        }
    }

    private mutating func add(_ type: ObjectID, length: CInt, format: CInt) {
        types.append(type.rawValue)
        lengths.append(length)
        formats.append(format)
    }

    /// Goes down one call for each `bytes`, of which a statement has one or two, not for each text.
    private mutating func pin<Result>(
        _ rest: ArraySlice<Parameter>, then body: (ParameterArrays) -> Result
    ) -> Result {
        for index in rest.indices {
            guard case .bytes(let bytes, _) = rest[index] else { continue }
            return bytes.withUnsafeBytes { buffer in
                // an empty array has no address, and libpq takes a null pointer for SQL NULL
                let address = buffer.baseAddress ?? Self.nowhere
                values[index] = address.assumingMemoryBound(to: CChar.self)
                return pin(rest[(index + 1)...], then: body)
            }
        }
        return body(self)
    }

    private static var nowhere: UnsafeRawPointer { UnsafeRawPointer(bitPattern: 1)! }
}

/// All texts one after the other, each with its NUL: one allocation however many there are.
private struct Texts {
    private(set) var bytes: [UInt8] = []
    private(set) var offsets: [Int?] = []

    init(of parameters: [Parameter]) throws(PostgresError) {
        offsets.reserveCapacity(parameters.count)
        for parameter in parameters {
            guard case .text(let text, _) = parameter else {
                offsets.append(nil)
                continue
            }
            offsets.append(bytes.count)
            bytes.append(contentsOf: text.utf8)
            guard !bytes[offsets.last!!...].contains(0) else {
                // as the server would say it, had the bytes after the NUL ever reached it
                throw PostgresError(sqlState: "22021", message: "a text parameter holds a NUL")
            }
            bytes.append(0)
        }
    }
}
