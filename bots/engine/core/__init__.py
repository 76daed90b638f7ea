"""What a record, a work item, a step and an exception are. The standard library and Pydantic only."""
