import Glibc
import PMPipe

/// The terminal of this process, in a mode that shows frames in place and passes each key at once.
struct Terminal: ~Copyable {
    private var saved = termios()

    /// - Throws: ``ExitStatus/usage`` when standard output is no terminal.
    init() throws(StageError) {
        guard isatty(STDOUT_FILENO) == 1, tcgetattr(STDIN_FILENO, &saved) == 0 else {
            throw StageError(.usage, "top needs a terminal; pipeline.sh status prints the same figures once")
        }
        var raw = saved
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
        tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        // The alternate screen, without a cursor, as xterm and its descendants have it.
        write("\u{1b}[?1049h\u{1b}[?25l")
    }

    /// Restores the terminal.
    deinit {
        var saved = saved
        write("\u{1b}[?25h\u{1b}[?1049l")
        tcsetattr(STDIN_FILENO, TCSANOW, &saved)
    }

    var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Shows lines from the top left, without a flicker: each line overwrites the old one.
    func show(_ lines: [String]) {
        write("\u{1b}[H" + lines.map { $0 + "\u{1b}[K" }.joined(separator: "\r\n") + "\u{1b}[J")
    }

    /// Waits for a key.
    ///
    /// - Returns: `nil` when none was pressed in time, or a signal came, such as that of a new size.
    func key(within limit: Duration) -> UInt8? {
        var interest = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&interest, 1, CInt(limit / .milliseconds(1))) > 0 else { return nil }
        var byte: UInt8 = 0
        return read(STDIN_FILENO, &byte, 1) == 1 ? byte : UInt8(ascii: "q")
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
