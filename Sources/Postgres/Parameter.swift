import CLibpq

/// The number of a type in the server.
///
/// Source: PostgreSQL, `pg_type.dat`; these never change.
package struct ObjectID: RawRepresentable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The server infers the type from the context of the parameter.
    package static let inferred = ObjectID(rawValue: 0)
    package static let text = ObjectID(rawValue: 25)
    package static let textArray = ObjectID(rawValue: 1009)
}

/// A value that travels beside the SQL, never inside it.
package enum Parameter: Sendable, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    case null
    /// The text form; must not contain a NUL, which PostgreSQL cannot store.
    case text(String, as: ObjectID = .inferred)
    /// The type's binary form, passed without a copy. The binary forms of `text`, `json` and `bytea` are the
    /// bytes themselves.
    case bytes([UInt8], as: ObjectID = .inferred)

    package init(stringLiteral value: String) { self = .text(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(_ value: String?) { self = value.map { .text($0) } ?? .null }
}

/// Parameters in the form that `PQexecParams` takes: four arrays of one length.
struct ParameterArrays {
    private(set) var types: [Oid] = []
    private(set) var values: [UnsafePointer<CChar>?]
    private(set) var lengths: [CInt] = []
    private(set) var formats: [CInt] = []

    /// Lends the arrays to `body`; the pointers are invalid afterwards.
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
            case .text(_, let type): add(type, length: 0, format: 0)  // libpq measures text itself
            case .bytes(let bytes, let type): add(type, length: CInt(bytes.count), format: 1)
            }
        }
    }

    private mutating func add(_ type: ObjectID, length: CInt, format: CInt) {
        types.append(type.rawValue)
        lengths.append(length)
        formats.append(format)
    }

    /// Pins the `bytes` parameters, one nested call for each. Text needs none.
    private mutating func pin<Result>(
        _ rest: ArraySlice<Parameter>, then body: (ParameterArrays) -> Result
    ) -> Result {
        for index in rest.indices {
            guard case .bytes(let bytes, _) = rest[index] else { continue }
            return bytes.withUnsafeBytes { buffer in
                // an empty array may have no address, and libpq reads a null pointer as SQL NULL
                let address = buffer.baseAddress ?? Self.nonNull
                values[index] = address.assumingMemoryBound(to: CChar.self)
                return pin(rest[(index + 1)...], then: body)
            }
        }
        return body(self)
    }

    private static var nonNull: UnsafeRawPointer { UnsafeRawPointer(bitPattern: 1)! }
}

/// All text parameters in one buffer, each with its NUL: one allocation for any number of them.
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
                // the error that the server gives when it receives a NUL
                throw PostgresError(sqlState: "22021", message: "a text parameter contains a NUL")
            }
            bytes.append(0)
        }
    }
}
