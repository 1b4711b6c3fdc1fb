import Glibc

/// Writes all bytes, with as many calls as needed. `EPIPE` is an error, never a signal.
func writeAll(_ bytes: [UInt8], to descriptor: CInt) throws {
    _ = ignoreSIGPIPE
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes {
            Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
        }
        if count >= 0 {
            written += count
        } else if errno != EINTR {
            throw TestFailure.unable(to: "write")
        }
    }
}

/// Reads a whole file without changing its offset, which its writer may share.
func readAll(from descriptor: CInt) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = pread(descriptor, &chunk, chunk.count, off_t(bytes.count))
        if count > 0 {
            bytes += chunk[..<count]
        } else if count == 0 {
            return bytes
        } else if errno != EINTR {
            throw TestFailure.unable(to: "read")
        }
    }
}

/// Creates a pipe whose ends are closed on exec.
func makePipe() throws -> (readEnd: CInt, writeEnd: CInt) {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw TestFailure.unable(to: "make a pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
}

/// Creates an unnamed file for a child to write to and a test to read.
func makeScratchFile() throws -> CInt {
    var template = Array("/tmp/pm-scratch-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw TestFailure.unable(to: "make a file in /tmp") }
    unlink(template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
}

/// Ignores SIGPIPE in the test process, which a child's early exit must not end. Children start with the
/// default.
private let ignoreSIGPIPE: Void = { signal(SIGPIPE, SIG_IGN) }()
