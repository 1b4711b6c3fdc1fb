/// Why gzip data could not be read.
package enum GzipError: Error, Equatable, CustomStringConvertible {
    /// It ends before its last member does.
    case truncated
    /// It is no gzip data, or its checksum disagrees; with zlib's reason.
    case corrupt(String)
    /// It holds more than the caller was ready to take.
    case tooLarge

    package var description: String {
        switch self {
        case .truncated: "the compressed data ends too soon"
        case .corrupt(let reason): "the compressed data is corrupt: \(reason)"
        case .tooLarge: "the data is larger than allowed when unpacked"
        }
    }
}
