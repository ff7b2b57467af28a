//! Where a program is on this machine.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::environment::Environment;

/// The binary of a package: beside this program, else the first on `PATH`.
pub(crate) fn processor(package: &str, environment: &Environment) -> Option<PathBuf> {
    find_in(
        package,
        environment.program_dir(),
        environment.get("PATH"),
        environment.directory(),
    )
}

/// A program of this name on `PATH`.
pub(crate) fn on_path(name: &str, environment: &Environment) -> Option<PathBuf> {
    find_in(name, None, environment.get("PATH"), environment.directory())
}

fn find_in(name: &str, beside: Option<&Path>, path: Option<&OsStr>, directory: &Path) -> Option<PathBuf> {
    let on_path = path.into_iter().flat_map(std::env::split_paths);
    beside
        .map(Path::to_owned)
        .into_iter()
        .chain(on_path)
        .filter(|dir| !dir.as_os_str().is_empty()) // it would stand for the current directory, which nobody intends
        .map(|dir| directory.join(dir).join(name))
        .find(|file| is_executable(file))
}

fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn program(dir: &Path, name: &str, mode: u32) -> PathBuf {
        fs::create_dir_all(dir).unwrap();
        let path = dir.join(name);
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn beside_comes_before_path_and_the_first_on_path_before_the_rest() {
        let root = tempfile::tempdir().unwrap();
        let [beside, one, two] = ["beside", "one", "two"].map(|name| root.path().join(name));
        let path = std::env::join_paths([&one, &two]).unwrap();
        let find = |name| find_in(name, Some(&beside), Some(&path), root.path());
        assert_eq!(find("x"), None);
        let in_two = program(&two, "x", 0o755);
        assert_eq!(find("x"), Some(in_two));
        let in_one = program(&one, "x", 0o755);
        assert_eq!(find("x"), Some(in_one));
        let in_beside = program(&beside, "x", 0o755);
        assert_eq!(find("x"), Some(in_beside));
    }

    #[test]
    fn only_a_file_that_can_be_run_counts() {
        let root = tempfile::tempdir().unwrap();
        program(root.path(), "text", 0o644);
        fs::create_dir(root.path().join("directory")).unwrap();
        for name in ["text", "directory", "nothing"] {
            assert_eq!(
                find_in(name, Some(root.path()), None, root.path()),
                None,
                "{name}"
            );
        }
        assert_eq!(find_in("text", None, Some(OsStr::new("")), root.path()), None);
    }
}
