import CZlib

/// Compresses bytes as one gzip member (RFC 1952), in chunks of any size.
///
/// The data is complete only after ``finish(into:)``. The corresponding C function is `deflate`.
package struct GzipWriter: ~Copyable {
    // On the heap, because zlib keeps a pointer to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private let chunk: UnsafeMutableBufferPointer<UInt8>

    /// - Parameter level: From 1, the fastest, to 9, the smallest. The default is 6, that of `gzip(1)`.
    package init(level: Int = 6) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        chunk = .allocate(capacity: 1 << 15)
        let windowBits = MAX_WBITS + 16  // the 16 asks for gzip instead of zlib's own format
        let memoryLevel: CInt = 8  // zlib's default, DEF_MEM_LEVEL, which its header does not tell
        let status = deflateInit2_(
            stream, CInt(level), Z_DEFLATED, windowBits, memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            CInt(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "a level from 1 to 9, and memory for zlib")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        chunk.deallocate()
    }

    /// Compresses `bytes`, and appends to `output` the part that is finished, if any.
    package mutating func write(_ bytes: Span<UInt8>, into output: inout [UInt8]) {
        bytes.withUnsafeBufferPointer { deflate($0, Z_NO_FLUSH, into: &output) }
    }

    /// Appends everything compressed so far, so that a reader of `output` sees it at once. It costs a little
    /// compression.
    package mutating func flush(into output: inout [UInt8]) {
        deflate(UnsafeBufferPointer(start: nil, count: 0), Z_SYNC_FLUSH, into: &output)
    }

    /// Appends the rest, and the checksum that completes the data.
    package consuming func finish(into output: inout [UInt8]) {
        deflate(UnsafeBufferPointer(start: nil, count: 0), Z_FINISH, into: &output)
    }

    private func deflate(_ input: UnsafeBufferPointer<UInt8>, _ flush: CInt, into output: inout [UInt8]) {
        var rest = input[...]
        repeat {
            let offered = min(rest.count, Int(UInt32.max))  // zlib counts in 32 bits
            // zlib does not write through `next_in`, though its type would allow it.
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: UnsafeBufferPointer(rebasing: rest).baseAddress)
            stream.pointee.avail_in = UInt32(offered)
            repeat {
                stream.pointee.next_out = chunk.baseAddress
                stream.pointee.avail_out = UInt32(chunk.count)
                // The status needs no check: with room in the output, the call fails only on misuse.
                _ = CZlib.deflate(stream, flush)
                output += chunk[..<(chunk.count - Int(stream.pointee.avail_out))]
            } while stream.pointee.avail_out == 0
            rest = rest.dropFirst(offered)
        } while !rest.isEmpty
    }
}
