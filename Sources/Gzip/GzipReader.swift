import CZlib

/// Decompresses gzip data (RFC 1952) in chunks of any size, in about 40 KiB of memory.
///
/// Consecutive members (`gzip -c a b`, a log rotated by appending) are read as one. Zeros after the last
/// member, which pad tapes, are skipped. `gzip(1)` does both.
///
/// The corresponding C function is `inflate`.
package struct GzipReader: ~Copyable {
    private enum Position {
        case insideMember
        case afterMember
        case inPadding
    }

    // On the heap, because zlib keeps a pointer to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private var position = Position.insideMember

    package init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let windowBits = MAX_WBITS + 16  // the 16 asks for gzip instead of zlib's own format
        let status = inflateInit2_(stream, windowBits, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib is out of memory, or has another version than at compile time")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// True if the data begins with the two magic bytes of gzip.
    package static func recognizes(_ start: Span<UInt8>) -> Bool {
        start.count >= 2 && start[0] == 0x1F && start[1] == 0x8B
    }

    /// The progress of one call of ``inflate(_:into:)``.
    package struct Progress: Equatable {
        /// Bytes of the input that were consumed.
        package var consumed: Int
        /// Bytes of the output that were filled.
        package var produced: Int
    }

    /// Decompresses until `input` is consumed or `output` is full, whichever comes first.
    ///
    /// Pass the rest of `input` again while ``Progress/consumed`` is smaller than its count, or while the
    /// output comes back full: more output may follow without more input. After the last input, call
    /// ``finish()``.
    ///
    /// - Throws: ``GzipError/corrupt(_:)``; the reader must not be used after that.
    package mutating func inflate(
        _ input: Span<UInt8>, into output: inout MutableSpan<UInt8>
    ) throws(GzipError) -> Progress {
        try input.withUnsafeBufferPointer { (input) throws(GzipError) in
            try output.withUnsafeMutableBufferPointer { (output) throws(GzipError) in
                try inflate(input, output)
            }
        }
    }

    /// Checks that the data was complete.
    ///
    /// - Throws: ``GzipError/truncated`` unless the last member was read to its end.
    package borrowing func finish() throws(GzipError) {
        if case .insideMember = position { throw .truncated }
    }

    private mutating func inflate(
        _ input: UnsafeBufferPointer<UInt8>, _ output: UnsafeMutableBufferPointer<UInt8>
    ) throws(GzipError) -> Progress {
        var progress = Progress(consumed: 0, produced: 0)
        while true {
            let rest = input[progress.consumed...]
            switch position {
            case .insideMember:
                let step = try inflateMember(
                    UnsafeBufferPointer(rebasing: rest), output.dropFirst(progress.produced))
                progress.consumed += step.consumed
                progress.produced += step.produced
                if case .insideMember = position { return progress }
            case .afterMember:
                guard let next = rest.first else { return progress }
                position = next == 0 ? .inPadding : .insideMember
                if next != 0 { inflateReset(stream) }
            case .inPadding:
                guard rest.allSatisfy({ $0 == 0 }) else { throw .corrupt("data after the padding") }
                progress.consumed = input.count
                return progress
            }
        }
    }

    /// Calls zlib once, within one member.
    private mutating func inflateMember(
        _ input: UnsafeBufferPointer<UInt8>, _ output: Slice<UnsafeMutableBufferPointer<UInt8>>
    ) throws(GzipError) -> Progress {
        // zlib counts in 32 bits. It does not write through `next_in`, though its type would allow it.
        let (offered, room) = (min(input.count, Int(UInt32.max)), min(output.count, Int(UInt32.max)))
        guard offered > 0 || room > 0 else { return Progress(consumed: 0, produced: 0) }
        var nothing: UInt8 = 0
        let status = withUnsafeMutablePointer(to: &nothing) { nothing in
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress) ?? nothing
            stream.pointee.avail_in = UInt32(offered)
            stream.pointee.next_out =
                room > 0 ? UnsafeMutableBufferPointer(rebasing: output).baseAddress : nothing
            stream.pointee.avail_out = UInt32(room)
            return CZlib.inflate(stream, Z_NO_FLUSH)
        }
        switch status {
        case Z_OK, Z_BUF_ERROR:  // Z_BUF_ERROR: nothing to do for now
            break
        case Z_STREAM_END:
            position = .afterMember
        default:
            throw .corrupt(stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)")
        }
        return Progress(
            consumed: offered - Int(stream.pointee.avail_in), produced: room - Int(stream.pointee.avail_out))
    }
}

extension GzipReader {
    /// Decompresses data that is complete in memory.
    ///
    /// - Parameter limit: The largest result in bytes. Input of a thousandth of that size can be enough to produce it.
    package static func unpack(_ data: Span<UInt8>, atMost limit: Int) throws(GzipError) -> [UInt8] {
        var reader = GzipReader()
        var (unpacked, chunk, offset) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16), 0)
        while true {
            var room = chunk.mutableSpan
            let progress = try reader.inflate(data.extracting(offset...), into: &room)
            offset += progress.consumed
            unpacked += chunk[..<progress.produced]
            guard unpacked.count <= limit else { throw .tooLarge }
            if offset == data.count, progress.produced < chunk.count { break }
        }
        try reader.finish()
        return unpacked
    }
}
