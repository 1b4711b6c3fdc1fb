import Glibc

/// A directory of its own, gone with all it holds when nobody refers to it any more.
///
/// Others may enter it (mode 0755), such as the user a database server runs as; its path is short,
/// for that of a Unix socket must stay below 108 bytes.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws {
        var template = Array("/tmp/pm-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil, chmod(template, 0o755) == 0 else {
            throw TestFailure.unable(to: "make a directory in /tmp")
        }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit {
        removeTree(path)
    }

    /// The path of a file within.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and gives its path.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        let path = file(name)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw TestFailure.unable(to: "create \(path)") }
        defer { close(descriptor) }
        try writeAll(Array(text.utf8), to: descriptor)
        return path
    }

    /// What a file within holds.
    package func read(_ name: String) throws -> String {
        let descriptor = open(file(name), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TestFailure.unable(to: "read \(file(name))") }
        defer { close(descriptor) }
        return String(decoding: try readAll(from: descriptor), as: UTF8.self)
    }
}

/// Removes a file, or a directory with all it holds. Links are removed, not followed.
private func removeTree(_ path: String) {
    guard unlink(path) != 0, let directory = opendir(path) else { return }
    var names: [String] = []
    while let entry = Glibc.readdir(directory) {
        names.append(
            withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            })
    }
    closedir(directory)
    for name in names where name != "." && name != ".." { removeTree("\(path)/\(name)") }
    rmdir(path)
}
