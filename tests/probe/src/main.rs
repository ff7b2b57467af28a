//! The processor test/probe@1.

runtime::main!("test/probe@1", probe::make_runner, probe::make_estimator);
