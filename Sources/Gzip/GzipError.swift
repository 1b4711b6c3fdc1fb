/// The reason why gzip data could not be read.
package enum GzipError: Error, Equatable, CustomStringConvertible {
    /// The data ends before its last member does.
    case truncated
    /// The data is not gzip, or its checksum differs; with zlib's reason.
    case corrupt(String)
    /// The data decompresses to more than the caller's limit.
    case tooLarge

    package var description: String {
        switch self {
        case .truncated: "the compressed data ends too soon"
        case .corrupt(let reason): "the compressed data is corrupt: \(reason)"
        case .tooLarge: "the decompressed data is larger than allowed"
        }
    }
}
