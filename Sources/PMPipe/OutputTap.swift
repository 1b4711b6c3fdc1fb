import Glibc
import PMJSON
import Synchronization

/// Copies of a stage's standard output for observers, which can come and go while the stage runs.
///
/// An observer creates a FIFO `<stage>.<anything>.tap` in the status directory and reads it
/// (`scripts/pipeline.sh tap`). The copy starts at a line's beginning, and is complete. An observer never delays the
/// stage: up to ``largestBacklog`` bytes wait for a slow one, which is then detached.
package final class OutputTap: Sendable {
    /// The tap of this process.
    package static let standard = OutputTap()

    /// Bytes that wait for one observer.
    static let largestBacklog = 64 << 20

    private let observers = Mutex<[Observer]>([])
    // Nearly all stages have no observer: then a flush costs one load.
    private let isObserved = Atomic(false)

    /// Attaches the observers whose FIFOs are in `directory`, and detaches those that left.
    func refresh(stage: String, directory: String) {
        observers.withLock { observers in
            for name in names(in: directory)
            where name.hasPrefix("\(stage).") && name.hasSuffix(".tap") {
                let path = "\(directory)/\(name)"
                guard !observers.contains(where: { $0.path == path }) else { continue }
                if let observer = Observer(path) { observers.append(observer) }
            }
            for index in observers.indices { observers[index].drain() }
            removeClosed(&observers)
        }
    }

    /// Copies bytes that were just written to standard output. They continue those of the call before.
    func copy(_ bytes: Span<UInt8>) {
        guard isObserved.load(ordering: .relaxed) else { return }
        observers.withLock { observers in
            for index in observers.indices { observers[index].append(bytes) }
            removeClosed(&observers)
        }
    }

    private func removeClosed(_ observers: inout [Observer]) {
        for observer in observers where observer.hasLeft { close(observer.descriptor) }
        observers.removeAll { $0.hasLeft }
        isObserved.store(!observers.isEmpty, ordering: .relaxed)
    }

    private func names(in directory: String) -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = Glibc.readdir(handle) {
            // Most files of the directory are no FIFO, so the type saves an open.
            guard [DT_FIFO, DT_UNKNOWN].contains(Int(entry.pointee.d_type)) else { continue }
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }
}

/// One reader of the copy.
private struct Observer {
    let path: String
    let descriptor: CInt
    private(set) var hasLeft = false
    private var pending: [UInt8] = []
    /// False until the first newline: the first bytes may be the rest of a line.
    private var isAtLine = false

    /// - Returns: `nil` while the FIFO has no reader.
    init?(_ path: String) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
    }

    mutating func append(_ bytes: Span<UInt8>) {
        var start = 0
        if !isAtLine {
            start = bytes.index(of: UInt8(ascii: "\n"), from: 0)
            guard start < bytes.count else { return }
            start += 1
            isAtLine = true
        }
        guard pending.count + bytes.count - start <= OutputTap.largestBacklog else {
            hasLeft = true
            return
        }
        bytes.extracting(start...).withUnsafeBufferPointer { pending.append(contentsOf: $0) }
        drain()
    }

    mutating func drain() {
        var written = 0
        while written < pending.count {
            let count = pending.withUnsafeBytes {
                write(descriptor, $0.baseAddress! + written, $0.count - written)
            }
            if count < 0 {
                hasLeft = errno != EAGAIN && errno != EINTR
                break
            }
            written += count
        }
        pending.removeFirst(written)
        guard pending.isEmpty else { return }
        var state = pollfd(fd: descriptor, events: 0, revents: 0)
        if poll(&state, 1, 0) > 0 { hasLeft = true }  // POLLERR: the last reader has closed the FIFO
    }
}
