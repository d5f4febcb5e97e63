//! Whoever looks at an output finds the old file or the new one, whole: when the writer is killed, when the disk is full,
//! when the folder may not be written, when the output is the input.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::Instant;

use crate::common::QUANT;

/// A recipe whose model takes 16 MB, and one of another constant.
fn recipe(value: &str) -> String {
    format!(
        "operand {{ name: \"x\" type: FLOAT32 shape {{ dim: 4194304 }} }}
         operand {{ name: \"w\" type: FLOAT32 shape {{ dim: 4194304 }} filler {{ tag: \"constant\" arg: \"{value}\" }} }}
         operand {{ name: \"y\" type: FLOAT32 shape {{ dim: 4194304 }} }}
         operation {{ type: \"Add\" input: \"x\" input: \"w\" output: \"y\" }}
         input: \"x\" output: \"y\""
    )
}

fn convert(folder: &Path, from: &str, to: &str) -> Command {
    let mut command = Command::new(QUANT);
    command
        .args(["convert", from, "-o", to])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

#[track_caller]
fn done(folder: &Path, from: &str, to: &str) {
    let output = convert(folder, from, to).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Two models of one size, made once for all tests.
fn made() -> &'static [Vec<u8>; 2] {
    static MADE: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let bytes = ["1", "2"].map(|value| {
            fs::write(folder.path().join("x.recipe"), recipe(value)).unwrap();
            done(folder.path(), "x.recipe", "x.circle");
            fs::read(folder.path().join("x.circle")).unwrap()
        });
        assert!(bytes[0] != bytes[1] && bytes[0].len() == bytes[1].len());
        bytes
    })
}

/// The same in a folder, as files `a.circle` and `b.circle`.
fn models() -> (tempfile::TempDir, [Vec<u8>; 2]) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in ["a.circle", "b.circle"].iter().zip(made()) {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    (folder, made().clone())
}

fn temporary(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(".quant-")).collect()
}

#[test]
fn a_killed_writer_leaves_the_old_file_whole() {
    let (folder, [old, new]) = models();
    let folder = folder.path();
    let start = Instant::now();
    done(folder, "b.circle", "out.circle");
    let whole = start.elapsed();
    let mut kept = 0;
    let mut killed = 0;
    for step in 0..60u32 {
        fs::write(folder.join("out.circle"), &old).unwrap();
        let mut child = convert(folder, "b.circle", "out.circle").spawn().unwrap();
        sleep(whole.mul_f64(f64::from(step) / 50.0));
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let found = fs::read(folder.join("out.circle")).unwrap();
        assert!(
            found == old || found == new,
            "killed at step {step}: {} bytes",
            found.len()
        );
        kept += u32::from(found == old);
    }
    println!("{killed} of 60 writers were killed, {kept} old files stayed, one write takes {whole:?}");
    assert!(killed > 0 && kept > 0, "no writer was killed in time");
    // What a killed process was writing beside the file stays; nothing reads it, and its name says what it is.
    println!("{} unfinished files stayed", temporary(folder).len());
    done(folder, "b.circle", "out.circle");
    assert!(fs::read(folder.join("out.circle")).unwrap() == new);
}

#[test]
fn a_full_disk_leaves_the_old_file_whole() {
    let (folder, [old, new]) = models();
    let folder = folder.path();
    fs::write(folder.join("out.circle"), &old).unwrap();
    // A limit on the size of files stands for a full disk: writing stops in the middle. The signal that comes with it
    // kills the process, unless it is ignored.
    for (ignored, limit) in [(true, 1), (true, 4096), (true, 16000), (false, 4096)] {
        let trap = if ignored { "trap '' XFSZ;" } else { "" };
        let script = format!("{trap} ulimit -f {limit}; exec {QUANT} convert b.circle -o out.circle");
        let output = Command::new("bash")
            .args(["-c", &script])
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(!output.status.success(), "{limit}");
        assert!(fs::read(folder.join("out.circle")).unwrap() == old, "{limit}");
        if ignored {
            let text = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(5), "{text}");
            assert!(
                text.starts_with("error: out.circle: ") && text.contains("; check the file and its disk"),
                "{text}"
            );
            assert_eq!(temporary(folder), [""; 0]);
        }
    }
    done(folder, "b.circle", "out.circle");
    assert!(fs::read(folder.join("out.circle")).unwrap() == new);
}

#[test]
fn a_device_without_room_is_told() {
    if !Path::new("/dev/full").exists() {
        println!("SKIPPED: there is no /dev/full");
        return;
    }
    let (folder, _) = models();
    std::os::unix::fs::symlink("/dev/full", folder.path().join("full.circle")).unwrap();
    let output = convert(folder.path(), "a.circle", "full.circle")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{text}");
    assert!(text.contains("make room on the disk"), "{text}");
    assert!(folder.path().join("full.circle").is_symlink());
}

#[test]
fn a_folder_that_may_not_be_written_keeps_its_file() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, [old, _]) = models();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::write(closed.join("out.circle"), &old).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write anywhere; /proc takes no file from anybody.
    let closed_to_us = fs::write(closed.join("try"), "").is_err();
    let target = if closed_to_us {
        "closed/out.circle"
    } else {
        "/proc/out.circle"
    };
    let output = convert(folder.path(), "b.circle", target).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(output.status.code(), Some(5), "{text}");
    assert!(text.contains(target) && text.contains("; check the"), "{text}");
    assert!(fs::read(closed.join("out.circle")).unwrap() == old);
    assert_eq!(temporary(&closed), [""; 0]);
}

#[test]
fn the_output_may_be_the_input() {
    let (folder, [old, new]) = models();
    let folder = folder.path();
    done(folder, "b.circle", "b.circle");
    assert!(fs::read(folder.join("b.circle")).unwrap() == new);
    // Also over another name of the same file.
    std::os::unix::fs::symlink("a.circle", folder.join("link.circle")).unwrap();
    done(folder, "a.circle", "link.circle");
    assert!(fs::read(folder.join("a.circle")).unwrap() == old && folder.join("link.circle").is_symlink());
    // And when it changes: the file is read to its end from where it was.
    let run = Command::new(QUANT)
        .args([
            "fake-quantize",
            "a.circle",
            "-o",
            "a.circle",
            "--type",
            "uint8",
            "--granularity",
            "layer",
        ])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    done(folder, "a.circle", "again.circle");
    assert!(fs::read(folder.join("a.circle")).unwrap() == fs::read(folder.join("again.circle")).unwrap());
}

/// A link is set up before what it leads to: it keeps its name, and an error says that its folder is not there.
#[test]
fn a_link_to_a_file_that_is_not_there_yet_makes_it() {
    use std::os::unix::fs::symlink;
    let (folder, [old, _]) = models();
    let folder = folder.path();
    fs::create_dir(folder.join("there")).unwrap();
    symlink("there/second.circle", folder.join("first.circle")).unwrap();
    symlink("out.circle", folder.join("there/second.circle")).unwrap();
    done(folder, "a.circle", "first.circle");
    assert!(fs::read(folder.join("there/out.circle")).unwrap() == old);
    assert!(folder.join("first.circle").is_symlink() && folder.join("there/second.circle").is_symlink());
    symlink("nowhere/out.circle", folder.join("lost.circle")).unwrap();
    let output = convert(folder, "a.circle", "lost.circle").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(5) && text.contains("nowhere"),
        "{text}"
    );
    assert!(folder.join("lost.circle").is_symlink());
}
